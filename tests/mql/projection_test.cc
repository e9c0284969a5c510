// Aim: the rules of reshaping that surprise, one each; tests/e2e/test_mql.py holds all of them
// against mongod, byte by byte.

#include "mql/projection.h"

#include <gtest/gtest.h>

#include "bson/json_parser.h"
#include "bson/json_writer.h"

namespace inlet {
namespace {

using Parse = Result<Projection> (*)(DocumentView definition);

Document json(std::string_view text) {
  Result<Document> parsed = parse_json(text);
  EXPECT_TRUE(parsed.is_ok()) << text << ": " << parsed.status().to_string();
  return parsed.is_ok() ? *parsed : Document();
}

std::string shaped(Parse parse, std::string_view definition, std::string_view document) {
  const Result<Projection> projection = parse(json(definition));
  if (!projection.is_ok()) return projection.status().to_string();
  const Document input = json(document);
  Arena arena;
  EvaluationScratch scratch;
  Evaluation evaluation{input, arena, scratch};
  const Result<DocumentView> out = projection->apply(evaluation);
  if (!out.is_ok()) return out.status().to_string();
  EXPECT_TRUE(validate_bson(out->raw()).is_ok());
  return to_json(*out);
}

std::string project(std::string_view definition, std::string_view document) {
  return shaped(Projection::parse_project, definition, document);
}

std::string set(std::string_view definition, std::string_view document) {
  return shaped(Projection::parse_set, definition, document);
}

TEST(Project, ChosenFieldsKeepTheInputsOrderAndComputedOnesFollow) {
  EXPECT_EQ(project("{n: '$x', s: 1, x: 1}", "{x: 1, _id: 2, y: 3, s: 4}"),
            R"({"x":1,"_id":2,"s":4,"n":1})");
}

TEST(Project, ComputedFieldBelowAScalarTakesTheScalarsPlace) {
  EXPECT_EQ(project("{'a.b': 1, 'a.c': '$x', x: 1}", "{a: 5, x: 6}"), R"({"a":{"c":6},"x":6})");
}

TEST(Project, ArrayLosesScalarsWhenAPathGoesThroughIt) {
  EXPECT_EQ(project("{'a.b': 1}", "{a: [1, {b: 2, c: 3}, [4, {b: 5}]]}"),
            R"({"a":[{"b":2},[{"b":5}]]})");
}

TEST(Project, FieldsAreLeftOutOfDocumentsInArraysToo) {
  EXPECT_EQ(project("{'a.b': 0, _id: 0}", "{_id: 1, a: [1, {b: 2, c: 3}], z: 9}"),
            R"({"a":[1,{"c":3}],"z":9})");
}

TEST(Set, FieldStaysInItsPlaceAndANewOneComesLast) {
  EXPECT_EQ(set("{n: 1, b: '$a', a: '$b'}", "{a: 1, b: 2, c: 3}"), R"({"a":2,"b":1,"c":3,"n":1})");
}

TEST(Set, PathThroughAnArraySetsInEachElement) {
  EXPECT_EQ(set("{'a.b': 1}", "{a: [{b: 0, c: 2}, 5, [6]]}"),
            R"({"a":[{"b":1,"c":2},{"b":1},[{"b":1}]]})");
}

TEST(Set, InnerDocumentMeansPathsAndALiteralMeansItself) {
  EXPECT_EQ(set("{a: {b: 1}}", "{a: {c: 2}}"), R"({"a":{"c":2,"b":1}})");
  EXPECT_EQ(set("{a: {$literal: {b: 1}}}", "{a: {c: 2}}"), R"({"a":{"b":1}})");
}

TEST(Set, MissingValueRemovesTheField) {
  EXPECT_EQ(set("{a: '$$REMOVE', b: '$nope'}", "{a: 1, b: 2, c: 3}"), R"({"c":3})");
}

TEST(Set, PathOverArraysCollects) {
  EXPECT_EQ(set("{v: '$a.b'}", "{a: [{b: 1}, {c: 2}, 3, {b: [4]}]}"),
            R"({"a":[{"b":1},{"c":2},3,{"b":[4]}],"v":[1,[4]]})");
  EXPECT_EQ(set("{v: ['$a', '$nope']}", "{a: 1}"), R"({"a":1,"v":[1,null]})");
}

TEST(Set, NameThatComesTwiceInADocumentIsSetOnce) {
  DocumentBuilder twice;
  const Document input = twice.append_int32("a", 1).append_int32("a", 2).finish_owned();
  const Result<Projection> projection = Projection::parse_set(json("{a: 9}"));
  Arena arena;
  EvaluationScratch scratch;
  Evaluation evaluation{input, arena, scratch};

  EXPECT_EQ(to_json(*projection->apply(evaluation)), R"({"a":9,"a":2})");
}

TEST(Projection, RefusalNamesThePath) {
  EXPECT_EQ(project("{'a.b': 1, a: 1}", "{}"),
            "invalid_argument: the path collides with another one (path=a)");
  EXPECT_EQ(
      project("{a: 1, b: {c: 0}}", "{}"),
      "invalid_argument: a field cannot be left out where others are chosen (path=b.c); hint: "
      "only _id: 0 may stand beside chosen fields");
  EXPECT_EQ(set("{a: {b: {}}}", "{}"),
            "invalid_argument: an empty document is not a value (path=a.b); hint: {$literal: {}}");
  EXPECT_EQ(
      set("{a: {$litteral: 1}}", "{}"),
      "invalid_argument: the expression operator is not supported (operator=$litteral, at=a); "
      "hint: did you mean '$literal'?");
}

}  // namespace
}  // namespace inlet
