#include "control/cli/program.h"

#include <algorithm>
#include <ostream>

#include "control/cli/command.h"
#include "control/cli/connection.h"
#include "control/threat_model/diagnostic.h"

namespace glacis::control {
namespace {

constexpr std::string_view kDiffTeaches =
    "glacis diff configs/models/web-shop.yaml configs/models/web-shop-next.yaml\n"
    "  added, tighter  never/n-lab-ssh (web-shop-next.yaml:53)\n"
    "      from: users\n"
    "Looser allows more without an alert than before, tighter less. What did not change is not told; two files that\n"
    "mean the same have no difference, whatever their text looks like.\n"
    "Exit codes: 0 good, whether or not they differ; 1 a model has faults, or they differ and --exit-code is given;\n"
    "2 wrong usage, or a file that cannot be read.";

constexpr std::string_view kExplainTeaches =
    "glacis explain configs/models/web-shop.yaml --flow '10.1.7.3 -> 10.4.0.5:5432'\n"
    "  from       users/adminpc 10.1.7.3 by 10.1.7.0/28 (web-shop.yaml:34)\n"
    "  1 never    never/n-ws-db forbids it (web-shop.yaml:50)\n"
    "A flow is ADDR -> ADDR:PORT[/tcp|/udp|/sctp] or ADDR -> ADDR/icmp, [ADDR] of IPv6, and app=NAME if it is known; "
    "the\n"
    "left end started it. The verdict is the sensor's own code, asked with the policy that a sensor would run.\n"
    "Exit codes: 0 good; 1 the models have faults; 2 wrong usage, or a file that cannot be read.";

constexpr std::string_view kHuntTeaches =
    "glacis hunt configs/models/web-shop.yaml H1 --capture monday.pcap --capture tuesday.pcap\n"
    "  H1 yes: 1 flow\n"
    "  looked at 1 d 9 h of 90d to 2026-11-24 18:45:18, 1.5 %\n"
    "  2026-11-24 02:45:18  users/adminpc 10.1.7.3:53816  data/db 10.4.0.5:5432/tcp  data  573 B  2.4 kB  ...\n"
    "Without HUNT every hunt of the model, a line each. A flow counts if some of it lies in the hunt's `over`. Looked "
    "at\n"
    "is the time from a file's first to its last packet or flow, but for pauses of more than an hour. What a source\n"
    "cannot show (payload of a flow record, who authenticated) makes the answer unknown, never no; a no of files with\n"
    "losses says so.\n"
    "Exit codes: 0 no flow found; 3 a hunt found flows; 4 none did, and one is unknown; 1 the model has faults; 2 "
    "wrong\n"
    "usage, or a file that cannot be read.";

constexpr std::string_view kPushTeaches =
    "glacis push configs/models/web-shop.yaml --reason 'orders may reach the new database'\n"
    "  core-1  t-core    OFFERED     policy 3 (a1b2c3d4)\n"
    "  core-1  t-core    WARMED      in 41 ms\n"
    "  core-1  t-core    ACTIVE      0 packets lost, longest worker pause 0.2 ms\n"
    "What the model includes is read from its folder; name includes that lie elsewhere after it.\n"
    "Pushing the same files again changes nothing. Ctrl-C ends the watching, not the rollout.\n"
    "Exit codes: 0 accepted, and active on every connected sensor; 1 the model, or a sensor, refused,\n"
    "a sensor did not answer in time, or a newer push took its place; 2 wrong usage or unreadable file; 3 control "
    "plane away.";

constexpr std::string_view kImportTeaches =
    "glacis import threagile.yaml -o draft.yaml\n"
    "  threagile: 5 trust_boundaries, 14 technical_assets, 20 communication_links\n"
    "  draft: 6 zones, 14 assets, 20 flows\n"
    "  lost ... assumed ... must be bound before a sensor can use it ...\n"
    "The list goes to stderr. The draft passes glacis check; no format knows addresses, few know ports: glacis bind\n"
    "fills addresses in. What the file names elsewhere is never read, what it would compute never done.";

constexpr std::string_view kBindTeaches =
    "glacis bind draft.yaml --capture monday.pcap -o names.csv\n"
    "  db,10.4.0.5,\"5432 (12 flows)\"\n"
    "  # perhaps web,10.2.0.10,\"443 (90 flows)\"\n"
    "  # no asset fits 10.3.0.9: 9100 (4 flows)\n"
    "glacis bind draft.yaml --csv names.csv -o model.yaml\n"
    "A proposal is to be read before it is used: only ports and the model's flows speak for it. Comments, order and\n"
    "everything else of the model stay; what has addresses keeps them. What is still unbound is listed on stderr.";

constexpr std::string_view kCoverageTeaches =
    "glacis coverage configs/models/web-shop.yaml\n"
    "  Step   Seen      By      What\n"
    "  reach  enforced  t-core  flow: servers $s, from: users $h, is: [unmodelled]\n"
    "enforced: sensors have a rule, on a tap that sees it. metadata only: a tap sees its flows, no rule asks for it\n"
    "yet. elsewhere: another log tells of it, and arrives. blind: nothing shows it. Of `any` the best branch counts, "
    "of\n"
    "`then` and `all` the weakest required step. --format navigator is a layer for the ATT&CK Navigator.";

constexpr std::string_view kDiagramTeaches =
    "glacis diagram configs/models/web-shop.yaml > web-shop.mmd\n"
    "glacis diagram configs/models/web-shop.yaml --format dot | dot -Tsvg > web-shop.svg\n"
    "glacis diagram configs/models/web-shop.yaml --case LM1 --format svg > LM1.svg\n"
    "Zones are boxes around what stands in them. A thick line crosses a declared boundary, NO TAP marks what no tap "
    "sees.\n"
    "svg needs no other program. Ids are made of names: a small edit of the model is a small edit of the picture.";

constexpr std::string_view kReportTeaches =
    "glacis report configs/models/web-shop.yaml --role risk\n"
    "  Case  Computed  Ease     Loss    Authored    ...\n"
    "glacis report configs/models/web-shop.yaml --format html -o web-shop.html     a page for each role\n"
    "glacis report configs/models/web-shop.yaml --format csv -o issues.csv         for an issue tracker\n"
    "architect: what can go wrong, what changes, who owns it. soc: what defenders will see and what stays unseen. "
    "risk:\n"
    "how the cases compare, authored and computed apart; what is accepted, what is late, who answers for what.\n"
    "csv and json are items: findings, requirements, acceptances, planned controls, open threats. Their columns:\n"
    "  id           MODEL/ID, of an acceptance MODEL/ID:accept, of a threat MODEL/ and its id of glacis threats; an "
    "id\n"
    "               stays the same whatever else changes in the model\n"
    "  kind         finding, requirement, acceptance, control, threat\n"
    "  title, description\n"
    "  owner, due   due is a day such as 2028-12-15, or empty\n"
    "  severity     info, low, medium, high, critical; empty: nobody judged it\n"
    "  labels       what was decided, the requirement's kind, STRIDE and condition of a threat\n"
    "  links        ids of what it is about\n"
    "  ticket, file, line\n"
    "In CSV labels and links are separated by spaces, and a cell that a spreadsheet would calculate begins with '.\n"
    "json has the risk of each case too.\n"
    "Computed risk: ease (exposure, missing control, missing sight) plus loss (value, sensitivity, fan-out), each of "
    "the\n"
    "six 0 to 5. What the model says of likelihood and impact is in none of them.\n"
    "Exit codes: 0 good, whatever is late; 1 the models have faults; 2 wrong usage, or a file that cannot be read or "
    "written.";

constexpr std::string_view kStatusTeaches =
    "glacis status --control unix:/run/glacis-control/control.sock\n"
    "POLICY is what the sensor runs: version and start of the digest. Below a sensor stands what is\n"
    "wrong with it: why it is degraded, what it lost and why, which policy it should run and does not.\n"
    "Exit codes: 0 the control plane answered, however the sensors are; 1 it refused; 2 wrong usage;\n"
    "3 control plane away. A script that judges sensors reads --json.";

constexpr std::string_view kAlertsTeaches =
    "glacis alerts --follow --latest --severity high\n"
    "glacis alerts --json --after 1200 | jq -r '[.cursor, .src_ip, .dest_ip, .alert.sentence] | @tsv'\n"
    "An alert may come again as a revision: its outcome became known, or it was counted further.\n"
    "With --follow a control plane that goes away is waited for; nothing is missed or shown twice.\n"
    "--json: cursor, time, src_ip, dest_ip, and under `alert` the message of alert.proto as protobuf\n"
    "writes JSON (64-bit numbers as strings, bytes as base64).\n"
    "Exit codes: 0 good, also after Ctrl-C; 1 refused; 2 wrong usage; 3 control plane away.";

constexpr std::string_view kExportTeaches =
    "glacis export configs/models/web-shop.yaml --to suricata -o shop.rules\n"
    "  web-shop.yaml:66: lost: abuse/LM1: alert_at: only the whole path alerts\n"
    "sigma         rules over connection and login logs, correlations for paths\n"
    "suricata      rules with addresses, payload and host bits, numbered from 1000000\n"
    "nftables      one ruleset: what crosses zones is denied unless a line allows it\n"
    "segments-csv  the same as a table, for another firewall\n"
    "otm           Open Threat Model 0.2, for other modelling tools\n"
    "Every rule keeps its number or UUID from one export to the next. The same models give the same bytes.\n"
    "Exit codes: 0 written, whatever is lost; 1 the model has faults; 2 wrong usage, or a file that cannot be read or "
    "written.";

constexpr std::string_view kGateTeaches =
    "glacis gate configs/models/web-shop.yaml --stage build\n"
    "  failed  threats  no threat of level high is without an answer\n"
    "  gate build: closed, 1 of 8 conditions fails\n"
    "design: decided; build: addresses, taps, nothing missing that a case needs; live: every case enforced or "
    "accepted,\n"
    "every requirement verified, every assumption tested. What traffic has shown comes from --facts (glacis schema\n"
    "--facts says how it is written); without it all of that is untested, and the live gate stays closed.\n"
    "Exit codes: 0 open; 1 closed; 2 wrong usage, or a file that cannot be read.";

const std::vector<Command>& commands() {
  static const std::vector<Command> kCommands = {
      {"check",
       "MODEL...",
       "say everything that is wrong with a model, and what is not enforced yet",
       "glacis check configs/models/web-shop.yaml\nSeveral models are checked alone and then composed. Every message "
       "ends "
       "with the code of its rule.\nWarnings do not fail: --deny makes errors of them. With --at the same file gives "
       "the "
       "same answer tomorrow.",
       {{"--format", "F", "text (default), json, sarif or junit"},
        {"--json", "", "as --format json"},
        {"--at", "DATE", "judge dates as on this day (default: today)"},
        {"--deny", "CODE", "this rule is an error; warnings: all are; may be given several times", true},
        {"--invariants", "FILE", "what the organisation wants of every model, and its exemptions"}},
       run_check_command},
      {"compile",
       "MODEL...",
       "make the policy that sensors run",
       "glacis compile configs/models/web-shop.yaml -o shop.policy\nThe same models give the same digest on every "
       "machine.",
       {{"--tap", "NAME", "for this tap; without it as if every tap saw the traffic"},
        {"-o", "FILE", "where the policy goes"},
        {"--json", "", "diagnostics as JSON"}},
       run_compile_command},
      {"reach",
       "MODEL FROM TO",
       "every way that the model allows from one place to another",
       "glacis reach configs/models/web-shop.yaml internet db\nOver flows lines and inside flat zones, shortest first; "
       "each "
       "hop with its lines and who sees it.\nWith --as lines that ask for another identity are closed, until the way "
       "comes by where one lives.\nExit codes: 0 answered, with or without a way; 1 the model has faults; 2 wrong "
       "usage.",
       {{"--as", "IDENTITY", "what this identity, and what it can become, may use"},
        {"--most", "N", "ways to show (20)"},
        {"--json", "", "one object"}},
       run_reach_command},
      {"crossings",
       "MODEL",
       "who crosses from which zone to which: lines, identities, data, controls, taps",
       "glacis crossings configs/models/web-shop.yaml\nGrouped by the class of the lines; 'nobody is asked' marks "
       "lines "
       "without an identity.",
       {{"--json", "", "an array of objects"}, {"--markdown", "", "a table for a review"}},
       run_crossings_command},
      {"threats",
       "MODEL",
       "what a model leaves open: concrete threats without an answer, and YAML that answers them",
       "glacis threats configs/models/web-shop.yaml\nAnswered is what an abuse case of that kind looks at, what a "
       "finding "
       "is about, and what answers: names:\nanswers: {clear-text-data/f-db: {why: the cable stays in one rack, owner: "
       "ada}}\nExit codes: 0 answered, whatever is open; 1 the model has faults; 2 wrong usage.",
       {{"--json", "", "an array of objects"},
        {"--markdown", "", "tables by STRIDE, for a review"},
        {"--conditions", "", "every condition that is looked for; no model is needed"}},
       run_threats_command},
      {"diff",
       "BEFORE AFTER",
       "say what a changed model means: crossings, rules, coverage, identities, acceptances, cases",
       kDiffTeaches,
       {{"--format", "F", "text (default), markdown for a merge request, or json"},
        {"--json", "", "as --format json"},
        {"--exit-code", "", "1 where they differ"}},
       run_diff_command},
      {"explain",
       "MODEL...",
       "say why a flow is allowed or an alert, what a rule became, where an address lies",
       kExplainTeaches,
       {{"--flow", "FLOW", "in the order of judgement; may be given several times", true},
        {"--rule", "NAME", "what it says, what it became, what excepts it; may be given several times", true},
        {"--address", "ADDR", "its zone and asset, and the lines about it; may be given several times", true},
        {"--at", "TIME", "judge hours and last days then: 2029-03-31 or 2029-03-31T02:00, UTC (default: now)"},
        {"--json", "", "an array of answers"}},
       run_explain_command},
      {"gate",
       "MODEL...",
       "whether models may be built, or go live, and what is still missing",
       kGateTeaches,
       {{"--stage", "STAGE", "design (default), build or live; each asks all that the one before asks"},
        {"--invariants", "FILE", "what the organisation wants of every model"},
        {"--at", "DATE", "judge dates as on this day (default: today)"},
        {"--facts", "FILE", "JSON: which requirements and assumptions traffic has shown to hold"},
        {"--format", "F", "text (default), json, junit or markdown"},
        {"--json", "", "as --format json"}},
       run_gate_command},
      {"schema",
       "",
       "the language as a JSON Schema for editors",
       "glacis schema > threat-model.schema.json\nAn editor with YAML support completes and explains a model that "
       "begins with\n# yaml-language-server: $schema=./threat-model.schema.json",
       {{"--invariants", "", "of a file of invariants instead of a model"},
        {"--facts", "", "of a file of facts for glacis gate instead"}},
       run_schema_command},
      {"reference",
       "",
       "the language as a page: every element, key and word",
       "glacis reference | less\nMarkdown. It is made of what the parser uses.",
       {},
       run_reference_command},
      {"import",
       "FILE",
       "another tool's threat model as a draft of ours, with a list of what was lost, assumed and is missing",
       kImportTeaches,
       {{"--format", "F",
         "threagile, threat-dragon, otm, tmt, pytm, tm-bom or threatcl (default: by what the file holds)"},
        {"-o", "FILE", "where the draft goes (default: stdout)"},
        {"--json", "", "the list as JSON on stdout; needs -o"}},
       run_import_command},
      {"bind",
       "DRAFT --csv FILE | --capture FILE",
       "fill addresses into a draft, or propose them from a capture",
       kBindTeaches,
       {{"--csv", "FILE", "lines of name,address: addresses of zones and assets; a name may stand in several"},
        {"--capture", "FILE", "propose such lines from who answers at which port; may be given several times", true},
        {"-o", "FILE", "where the model, or the proposal, goes (default: stdout)"}},
       run_bind_command},
      {"new",
       "--template NAME",
       "a model to start from",
       "glacis new --template payment --id pay-portal --owner ada -o pay-portal.yaml\nA draft with comments: change "
       "names, "
       "addresses and sentences until it is yours, then glacis check it.\nTemplates: web-api, cloud-workload, "
       "remote-access, payment, admin-path, ingestion, "
       "segment.\nA file that is there is not written over.",
       {{"--template", "NAME", "what it is about"},
        {"--id", "ID", "of the model; stands in every alert (default: the template's)"},
        {"--owner", "NAME", "who answers for it (default: the template's)"},
        {"-o", "FILE", "where it goes (default: stdout)"}},
       run_new_command},
      {"export",
       "MODEL... --to FORMAT",
       "write a model as other tools' rules, and say what is lost",
       kExportTeaches,
       {{"--to", "FORMAT", "sigma, suricata, nftables, segments-csv or otm"},
        {"-o", "FILE|FOLDER", "where it goes (default: stdout); in a folder each rule or model has its file"},
        {"--losses", "FILE", "what is lost, as JSON (default: on stderr, a line each)"}},
       run_export_command},
      {"coverage",
       "MODEL...",
       "what would be seen of each abuse case, and where it would be missed",
       kCoverageTeaches,
       {{"--format", "F", "text (default), markdown, html, json or navigator"},
        {"--json", "", "as --format json"},
        {"--layer", "L", "of navigator: coverage (default), what alerts, or threat, what the model names"}},
       run_coverage_command},
      {"report",
       "MODEL...",
       "one page for each who reads: architect, SOC, risk owner; or items for an issue tracker",
       kReportTeaches,
       {{"--role", "R", "architect, soc or risk (default: a page for each)"},
        {"--format", "F", "text (default), markdown, html, csv or json"},
        {"--json", "", "as --format json"},
        {"--at", "DATE", "count days from this one (default: today)"},
        {"-o", "FILE", "where it goes (default: stdout)"}},
       run_report_command},
      {"diagram",
       "MODEL",
       "the model's data flows, or the tree of an abuse case, as a picture",
       kDiagramTeaches,
       {{"--format", "F", "mermaid (default), dot or svg"}, {"--case", "ID", "the tree of this abuse case"}},
       run_diagram_command},
      {"hunt",
       "MODEL [HUNT] --capture FILE | --flows FILE",
       "ask a model's hunts of captures and flow records: yes or no, the flows, the time that was looked at",
       kHuntTeaches,
       {{"--capture", "FILE", "packets, through the production engine; may be given several times", true},
        {"--flows", "FILE", "EVE lines of a sensor, or of glacis replay --flows; may be given several times", true},
        {"--at", "TIME", "the end of the hunt's `over`: 2029-03-31 or 2029-03-31T02:00, UTC (default: of the data)"},
        {"--most", "N", "flows to show of a hunt (20)"},
        {"--format", "F", "text (default), markdown or json"},
        {"--json", "", "as --format json"},
        {"--checksums", "verify|trust", "of captures; as glacis replay has it"},
        {"--vlan-in-key", "true|false", "likewise"},
        {"--stream-depth", "SIZE", "likewise"},
        {"--workers", "N", "likewise"}},
       run_hunt_command},
      {"replay",
       "CAPTURE... --model MODEL",
       "run captures through the production engine",
       "glacis replay traffic.pcap --model configs/models/web-shop.yaml --eve -\nThe alerts are the same bytes for any "
       "number of workers, burst size and seed.",
       {{"--model", "MODEL", "the model; may be given several times", true},
        {"--tap", "NAME", "what this tap would see"},
        {"--eve", "FILE", "alerts as EVE JSON; - is stdout"},
        {"--flows", "", "flow records too"},
        {"--keep-duplicates", "", "look at packets that come again within 5 ms, too"},
        {"--checksums", "verify|trust", "trust: of a host that leaves them to its card (verify)"},
        {"--vlan-in-key", "true|false", "false: the two directions of a flow come on different VLANs (true)"},
        {"--stream-depth", "SIZE", "search so much of each direction of a TCP stream, such as 1MiB (unlimited)"},
        {"--workers", "N", "worker threads (1)"},
        {"--burst", "N", "packets at a time, 1-64 (32)"},
        {"--seed", "N", "of the flow table's hash"},
        {"--json", "", "summary as JSON"}},
       run_replay_command},
      {"push", "MODEL [INCLUDES...]", "give a model to the control plane and watch the sensors take it", kPushTeaches,
       with_connection(
           {{"--dry-run", "", "compile and compose with the active models, change nothing"},
            {"--base", "VERSION", "the version that this one replaces; refused if another is active by now"},
            {"--reason", "TEXT", "why, for those who look later"},
            {"--wait", "SECONDS", "watch the rollout at most so long (default: 120)"},
            {"--no-wait", "", "end when it is accepted; do not watch the rollout"},
            {"--json", "", "the response, then each event of the rollout, one object a line"}}),
       run_push_command},
      {"status", "", "sensors: well or not, their policy, what they received and lost; active models", kStatusTeaches,
       with_connection({{"--json", "", "one object: sensors, stored_alerts, models"}}), run_status_command},
      {"alerts", "", "what is stored, then what comes", kAlertsTeaches,
       with_connection({{"--follow", "", "go on with alerts as they come; Ctrl-C ends it"},
                        {"--after", "CURSOR", "only what was stored after this one (default: from the oldest)"},
                        {"--latest", "", "only what comes from now on, with --follow"},
                        {"--severity", "LEVEL", "at least: info, low, medium, high, critical"},
                        {"--model", "ID", "of this model; may be given several times", true},
                        {"--element", "E", "of this line, such as never/n-ws-db; may be given several times", true},
                        {"--sensor", "S", "from this sensor; may be given several times", true},
                        {"--count", "N", "end after N alerts"},
                        {"--json", "", "one object a line"}}),
       run_alerts_command},
  };
  return kCommands;
}

void print_help(std::ostream& out) {
  out << "glacis: a threat model as a network sensor\n\n";
  for (const Command& c : commands())
    out << "  glacis " << c.name << (c.words.empty() ? "" : " ") << c.words << "\n      " << c.says << "\n";
  out << "\nglacis COMMAND --help teaches one of them.\n"
         "push, status and alerts talk to the control plane: --control ADDR, else $GLACIS_CONTROL, else "
         "127.0.0.1:7443.\n"
         "Colours are for terminals only, and never with NO_COLOR set.\n"
         "Exit codes: 0 good, 1 the model or the replay has faults, 2 wrong usage, or a file that cannot be read or "
         "written,\n3 control plane away. glacis --version says which one this is.\n";
}

void print_help(const Command& c, std::ostream& out) {
  out << "glacis " << c.name << (c.words.empty() ? "" : " ") << c.words << "\n" << c.says << ".\n\n";
  for (const OptionSpec& o : c.options)
    out << "  " << o.name << (o.value.empty() ? "" : " ") << o.value << "\n      " << o.says << "\n";
  out << "\n" << c.teaches << "\n";
}

bool is_help(const std::string& argument) { return argument == "--help" || argument == "-h"; }

int run_words(const std::vector<std::string>& arguments, Console& console) {
  if (arguments.empty() || is_help(arguments[0]) || arguments[0] == "help") {
    print_help(arguments.empty() ? console.err : console.out);
    return arguments.empty() ? kExitUsage : kExitGood;
  }
  if (arguments[0] == "--version") {
    console.out << "glacis " GLACIS_VERSION "\n";
    return kExitGood;
  }
  const auto command =
      std::find_if(commands().begin(), commands().end(), [&](const Command& c) { return c.name == arguments[0]; });
  if (command == commands().end()) {
    std::vector<std::string_view> names;
    for (const Command& c : commands()) names.push_back(c.name);
    const std::string best = closest(arguments[0], names);
    console.err << "glacis: no command '" << arguments[0] << "'"
                << (best.empty() ? "; glacis --help lists them" : ", did you mean '" + best + "'?") << "\n";
    return kExitUsage;
  }
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (std::any_of(rest.begin(), rest.end(), is_help)) {
    print_help(*command, console.out);
    return kExitGood;
  }
  const auto options = parse_options(rest, command->options);
  if (!options) {
    console.err << "glacis " << command->name << ": " << options.error().text() << "\n";
    return kExitUsage;
  }
  return command->run(*options, console);
}

}  // namespace

int run_program(const std::vector<std::string>& arguments, Console& console) {
  const int code = run_words(arguments, console);
  if (console.out.flush() || code == kExitUsage) return code;
  console.err << "glacis " << arguments[0] << ": cannot write the output\n";
  return kExitUsage;
}

}  // namespace glacis::control
