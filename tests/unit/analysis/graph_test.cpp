#include "control/analysis/graph.h"

#include <array>
#include <set>

#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

std::string mark_text(Graph::Mark mark) {
  constexpr std::array<std::string_view, 4> kMarks = {"plain", "boundary", "unseen", "empty"};
  return std::string(kMarks[static_cast<size_t>(mark)]);
}

std::string edges_text(const Graph& graph) {
  std::string out;
  for (const Graph::Edge& edge : graph.edges)
    out += graph.nodes[edge.from].id + " " + graph.nodes[edge.to].id + " " + mark_text(edge.mark) + " " + edge.label +
           "\n";
  return out;
}

std::string nodes_text(const Graph& graph) {
  std::string out;
  for (const Graph::Node& node : graph.nodes) {
    out += node.id + "@" + std::to_string(node.column) + "," + std::to_string(node.row);
    for (const std::string& line : node.lines) out += " " + line + ";";
    out += "\n";
  }
  return out;
}

TEST(GraphId, IsMadeOfTheNameAloneAndTwoNamesHaveTwo) {
  EXPECT_EQ(graph_id('a', "db"), "a_db");
  EXPECT_EQ(graph_id('z', "end"), "z_end");
  EXPECT_EQ(graph_id('a', "a-b_c.d"), "a_a_2db_5fc_2ed");
  std::set<std::string> ids;
  for (const char* name : {"a-b", "a_b", "a.b", "a_2db", "a2db", "ab"})
    EXPECT_TRUE(ids.insert(graph_id('a', name)).second) << name;
}

const std::string kModel =
    "boundaries: {up: {from: users, to: data}, down: {from: data, to: users}}\n"
    "data: {cards: {sensitivity: 5}}\n"
    "assets: {db: {kind: store, zone: data, addr: 10.4.0.5, holds: cards}, copy: {kind: backup, zone: data, addr: "
    "10.4.0.6}, pc: {kind: "
    "workstation, zone: users, addr: 10.1.0.1, exposed: true}}\n"
    "flows:\n  f: {from: [pc, any], to: db, app: postgresql, port: 5432, carries: cards}\n"
    "  g: {from: db, to: copy}\n  h: {from: internet, to: pc, port: [1, 2-3, 4, 5, 6]}\n";

TEST(DataFlow, ZonesAreColumnsByTrustAndWhatStandsInThemIsRows) {
  const Model model = good(small_model(kModel));
  const Graph graph = data_flow(Places(model));
  EXPECT_EQ(nodes_text(graph),
            "e_any@0,0 anyone;\ne_internet@1,0 all of internet;\ne_users@2,0 all of users;\ne_data@3,0 all of data;\n"
            "a_db@3,1 db; store; holds cards;\na_copy@3,2 copy; backup;\na_pc@2,1 pc; workstation, exposed;\n");
  ASSERT_EQ(graph.groups.size(), 3u);
  EXPECT_EQ(graph.groups[2].id, "z_data");
  EXPECT_EQ(graph.groups[2].label, "data (trust 90)");
  EXPECT_EQ(graph.nodes[4].shape, Graph::Shape::kStore);
  EXPECT_EQ(graph.nodes[6].shape, Graph::Shape::kExternal);
}

TEST(DataFlow, EachPairOfEndsIsALineWithItsAppAndPortMarkedWhereItCrossesABoundaryOrNoTapSeesIt) {
  const Model model = good(small_model(kModel));
  EXPECT_EQ(edges_text(data_flow(Places(model))),
            "a_pc a_db boundary f postgresql/5432 (cards) [up]\ne_any a_db plain f postgresql/5432 (cards)\n"
            "a_db a_copy unseen g NO TAP\ne_internet a_pc plain h 1, 2-3, 4, 5, ...\n"
            "e_data e_users empty [down] no line crosses it\n");
}

TEST(DataFlow, OneMoreLineChangesNothingElse) {
  const Model model = good(small_model(kModel)), more = good(small_model(kModel + "  i: {from: pc, to: copy}\n"));
  Graph before = data_flow(Places(model)), after = data_flow(Places(more));
  EXPECT_EQ(nodes_text(before), nodes_text(after));
  std::erase_if(after.edges, [](const Graph::Edge& edge) { return edge.label.starts_with("i"); });
  EXPECT_EQ(edges_text(before), edges_text(after));
}

Graph tree(const std::string& path) {
  static Model model;
  model =
      good(small_model("flows: {f: {from: users, to: data}}\nabuse: {c: {says: x, goal: data, path: " + path + "}}\n"));
  const Places places(model);
  return attack_tree(cover(places).cases.at(0), places);
}

TEST(AttackTree, GroupsAndStepsStandWithWhatIsSeenOfThem) {
  const Graph graph = tree(
      "{within: 90m, then: [{id: s, flow: f, from: users $h, is: [unmodelled]}, {optional: true, any: [{id: t, says: "
      "It "
      "leaves, gap: 1m, flow: internet, from: $h, is: [unmodelled]}, {id: u, dns: x, from: $h}]}]}");
  EXPECT_EQ(nodes_text(graph),
            "c_c@0,0 c; x; goal: data; in this order, within 90m; enforced;\n"
            "s_c_2es@1,0 s; flow: f, from: users $h, is:; [unmodelled]; enforced;\n"
            "g_c_2f2@1,1 any of; enforced;\ns_c_2et@2,1 t; It leaves; enforced;\ns_c_2eu@2,2 u; dns: x, from: $h; "
            "metadata only;\n");
  EXPECT_EQ(edges_text(graph),
            "c_c s_c_2es plain 1\ng_c_2f2 s_c_2et plain within 1m of the step before\ng_c_2f2 s_c_2eu plain \n"
            "c_c g_c_2f2 plain 2, optional\n");
}

TEST(AttackTree, NoTwoBoxesShareAPlace) {
  const Graph graph = tree(
      "{then: [{any: [{id: a, flow: f, is: [denied]}, {all: [{id: b, dns: x}, {id: c, dns: x}]}]}, {id: d, flow: f, "
      "is: [denied]}, {all: [{id: e, "
      "dns: x}, {any: [{id: g, dns: x}, {id: h, dns: x}]}]}]}");
  std::set<std::pair<size_t, size_t>> places;
  for (const Graph::Node& node : graph.nodes) EXPECT_TRUE(places.emplace(node.column, node.row).second) << node.id;
  EXPECT_EQ(graph.nodes.size(), 12u);
}

}  // namespace
}  // namespace glacis::control
