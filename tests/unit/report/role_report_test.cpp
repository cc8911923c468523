#include "control/report/role_report.h"

#include <array>

#include "control/report/markup.h"
#include "control/threat_model/value.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

constexpr std::array kAll = {Role::kArchitect, Role::kSoc, Role::kRisk};

const std::string kModel =
    "sources: {log/mail: {owner: sam, state: planned}}\n"
    "assets: {db: {zone: data, addr: 10.4.0.5}}\n"
    "flows: {f: {from: users, to: db, port: 5432}, g: {from: db, to: internet, port: 443}}\n"
    "boundaries: {b: {from: users, to: data, needs: [seg, mfa]}}\n"
    "never: {n: {from: internet, to: data, severity: high, why: it is ours}}\n"
    "abuse:\n"
    "  c: {says: Somebody reads the database, risk: {likelihood: 4, impact: 4, response: 2, dread: [9, 6, 6, 9, 5]}, "
    "respond: "
    "[one, two], path: {within: 1h, then: [{id: m, mail: click, see: [log/mail], optional: true}, {id: s, flow: db, "
    "from: "
    "users, is: [unmodelled]}]}}\n"
    "  d: {says: Nobody sees it}\n"
    "controls: {seg: {status: planned, strength: 4, covers: [c]}, mfa: {status: active, strength: 3, covers: [c]}}\n"
    "requirements: {R1: {kind: siem, says: Keep it, source: log/mail}, R2: {kind: segmentation, says: Wall it, verify: "
    "{clean: "
    "n, for: 14d}}, R3: {says: Do it}}\n"
    "findings:\n"
    "  F1: {says: One, at: n, decide: [add-segmentation], owner: finn, due: 2027-01-10}\n"
    "  F2: {says: Two, at: n, decide: [accept-risk], owner: finn, accept: {by: rob, asked_by: finn, why: soon, until: "
    "2027-01-31}}\n"
    "  F3: {says: Three, at: n, decide: [accept-risk], owner: finn, due: 2028-01-01}\n"
    "  F4: {says: Four, at: n, decide: [reduce-access], owner: finn, due: 2027-02-02, ticket: T-4}\n"
    "hunts: {H: {ask: Was it so, over: 90d}}\n";

Document document_of(const std::string& more, std::span<const Role> roles = kAll, const char* day = "2027-01-20") {
  const std::vector<Model> models = {good(small_model(more))};
  return role_document(models, roles, *end_of_date_s(day));
}

// Rows of the section whose heading starts so, a line each, cells apart by |.
std::string rows(const Document& document, const std::string& start) {
  std::string out;
  for (const Document::Section& section : document.sections) {
    if (!section.heading.starts_with(start)) continue;
    for (const Document::Row& row : section.rows) {
      EXPECT_EQ(row.cells.size(), section.columns.size()) << section.heading;
      for (const Document::Cell& cell : row.cells) out += (&cell == &row.cells.front() ? "" : "|") + cell.text;
      out += "\n";
    }
    if (section.rows.empty()) out += section.paragraphs.back() + "\n";
  }
  return out;
}

TEST(RoleReport, PageForEachRoleInTheirOrder) {
  std::string pages;
  for (const Document::Section& section : document_of(kModel).sections)
    pages += section.page ? section.heading + " " : "";
  EXPECT_EQ(pages, "Architect SOC Risk owner ");
  const std::array one = {Role::kSoc};
  EXPECT_EQ(document_of(kModel, one).sections.front().heading, "SOC");
}

TEST(RoleReport, ArchitectReadsWhatChanges) {
  const Document document = document_of(kModel);
  EXPECT_EQ(rows(document, "What changes"),
            "F1|n|add-segmentation|-|finn|2027-01-10|-10|-|m.yaml:18|One\n"
            "F2|n|accept-risk|-|finn|2027-01-31|11|-|m.yaml:19|Two\n"
            "F3|n|accept-risk|-|finn|2028-01-01|346|-|m.yaml:20|Three\n"
            "F4|n|reduce-access|-|finn|2027-02-02|13|T-4|m.yaml:21|Four\n");
  EXPECT_EQ(rows(document, "What must be built"),
            "segmentation|R2|clean n for 14d|ada|-|m.yaml:16|Wall it\n"
            "siem|R1|log log/mail|ada|-|m.yaml:16|Keep it\n"
            "-|R3|nothing|ada|-|m.yaml:16|Do it\n");
  EXPECT_EQ(rows(document, "Planned controls"), "seg|4 of 5|c|b|ada|m.yaml:15|-\n");
  EXPECT_EQ(rows(document, "Crossings of"), "users|data|b: planned seg|f|-|m.yaml:9\n");
  EXPECT_EQ(rows(document, "What can go wrong"),
            "c|high|-|mfa (3 of 5)|enforced|ada|m.yaml:13|Somebody reads the database\n"
            "d|medium|-|-|blind|ada|m.yaml:14|Nobody sees it\n");
}

TEST(RoleReport, DayThatIsOverIsBadAndTheFortnightBeforeItIsFair) {
  const auto tone = [](const char* day) {
    for (const Document::Section& section : document_of(kModel, kAll, day).sections) {
      if (section.heading.starts_with("Risks of")) return section.rows.at(0).cells.at(4).tone;
    }
    return Document::Tone::kGood;
  };
  EXPECT_EQ(tone("2027-01-17"), Document::Tone::kPlain) << "14 days";
  EXPECT_EQ(tone("2027-01-18"), Document::Tone::kFair);
  EXPECT_EQ(tone("2027-01-31"), Document::Tone::kFair) << "its last day";
  EXPECT_EQ(tone("2027-02-01"), Document::Tone::kBad);
}

TEST(RoleReport, SocReadsWhatWillBeSeen) {
  const Document document = document_of(kModel);
  EXPECT_EQ(rows(document, "What defenders"),
            "c|s (2 of 2)|high|enforced|one; two|ada|m.yaml:13|Somebody reads the database\n"
            "d|none|medium|blind|-|ada|m.yaml:14|Nobody sees it\n");
  EXPECT_EQ(rows(document, "Lines of"),
            "n|high|enforced|t-edge|finn|m.yaml:11|internet must never reach data: it is ours\n");
  EXPECT_EQ(rows(document, "Taps and logs"),
            "t-core|tap|no sensor named|c|ada|m.yaml:2\n"
            "t-edge|tap|no sensor named|n|ada|m.yaml:2\n"
            "log/mail|log|planned|c, R1|sam|m.yaml:7\n");
  EXPECT_EQ(rows(document, "What the SOC is asked"), "siem|R1|log log/mail|ada|-|m.yaml:16|Keep it\n");
  EXPECT_EQ(rows(document, "Blind spots"), "abuse/c.m|blind|m.yaml:13\nabuse/d|blind|m.yaml:14\n");
  EXPECT_EQ(rows(document, "Hunts"), "H|90d|ada|m.yaml:22|Was it so\n");
}

TEST(RoleReport, RiskOwnerReadsBothRisksApart) {
  const Document document = document_of(kModel);
  EXPECT_EQ(
      rows(document, "Risk of the cases"),
      "d|10 of 30|10 of 15|0 of 15|-|-|-|medium|ada|m.yaml:14|Nobody sees it\n"
      "c|2 of 30|2 of 15|0 of 15|16 (4 x 4)|2 of 5|5 to 9, mean 7.0|high|ada|m.yaml:13|Somebody reads the database\n");
  EXPECT_EQ(
      rows(document, "What the computed"),
      "d|0: no step says where it begins|5: no active control|5: blind|0: no step names a place|0: no step names a "
      "place|0: nothing further|m.yaml:14\n"
      "c|0: no way from outside|2: mfa (3 of 5); planned seg (4 of 5)|0: enforced|0: no value is said|0: no data is "
      "said|0: nothing further|m.yaml:13\n");
}

TEST(RoleReport, RiskOwnerReadsWhatIsAcceptedLateAndOpen) {
  const Document document = document_of(kModel);
  EXPECT_EQ(rows(document, "Risks of"), "F2|rob|finn|2027-01-31|11|-|m.yaml:19|soon|Two\n");
  EXPECT_EQ(rows(document, "What is late"), "finn|finding|F1|2027-01-10|-10|m.yaml:18|One\n");
  EXPECT_EQ(rows(document, "Findings of"),
            "F1|no requirement and no ticket|add-segmentation|finn|2027-01-10|m.yaml:18|One\n"
            "F3|accept-risk, and nobody accepts it|accept-risk|finn|2028-01-01|m.yaml:20|Three\n");
}

TEST(RoleReport, ModelThatSaysNothingSaysSo) {
  const Document document = document_of("");
  EXPECT_EQ(rows(document, "What changes"), "None.\n");
  EXPECT_EQ(rows(document, "Risk of the cases"), "The model has no case.\n");
  EXPECT_EQ(rows(document, "What is late"), "Nothing.\n");
  EXPECT_EQ(rows(document, "Who answers"), "ada|model|shop|-|-|m.yaml:1|shop\n");
}

TEST(RoleReport, PagesStandAboveTheirSections) {
  Document document;
  document.title = "t";
  document.sections.push_back({"p", {}, {}, {}, true});
  document.sections.push_back({"s", {}, {}, {}});
  EXPECT_EQ(markdown(document), "# t\n\n## p\n\n### s\n\n");
  EXPECT_NE(html(document).find("<h2 style=\"break-before: page\">p</h2>\n<h3>s</h3>\n"), std::string::npos);
}

// --- CSV

TEST(CsvText, QuotesWhatEndsACellAndDoublesQuotes) {
  EXPECT_EQ(csv_text("plain"), "plain");
  EXPECT_EQ(csv_text(""), "");
  EXPECT_EQ(csv_text("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_text("a;b"), "\"a;b\"");
  EXPECT_EQ(csv_text("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv_text("say \"x\""), "\"say \"\"x\"\"\"");
}

TEST(CsvText, NothingIsCalculated) {
  for (const char* text : {"=1+1", "+1", "-1", "@SUM(1)", "\t=1"}) EXPECT_EQ(csv_text(text), "'" + std::string(text));
  EXPECT_EQ(csv_text("\r=1"), "\"'\r=1\"");
  EXPECT_EQ(csv_text("=\"a\""), "\"'=\"\"a\"\"\"");
  EXPECT_EQ(csv_text("1-1"), "1-1");
}

TEST(Items, CsvHasItsColumnsAndAnEmptyCellForWhatIsNotSaid) {
  const std::vector<Model> models = {good(small_model("requirements: {R: {says: \"a, b\"}}\n"))};
  const std::string text = items_csv(models);
  EXPECT_TRUE(
      text.starts_with("id,kind,title,description,owner,due,severity,labels,links,ticket,file,line\r\n"
                       "shop/R,requirement,\"a, b\",\"a, b.\",ada,,,,,,m.yaml,7\r\n"))
      << text;
}

}  // namespace
}  // namespace glacis::control
