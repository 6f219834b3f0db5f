#include <gtest/gtest.h>

#include "expression/function_test_support.h"

namespace sluice::expression {
namespace {

using namespace testing_support;

void check(const std::vector<FunctionCase>& cases) {
  for (const FunctionCase& test_case : cases) {
    FunctionTester tester;
    std::string shown;
    for (const ExpressionPtr& argument : test_case.arguments)
      shown += (shown.empty() ? "" : ", ") + argument->to_string();
    EXPECT_EQ(tester.call(test_case.name, test_case.arguments), test_case.expected)
        << test_case.name << "(" << shown << ")";
  }
}

TEST(StringFunctions, LengthsCountBytesBitsAndCharacters) {
  check({
      {"length", {text("aé中😀")}, "10"},
      {"length", {text("é中", "gbk_bin")}, "4"},
      {"length", {text("é", "latin1_bin")}, "1"},
      {"octet_length", {number(1234)}, "4"},
      {"bit_length", {text("é")}, "16"},
      {"char_length", {text("aé中😀")}, "4"},
      {"character_length", {bytes("é")}, "2"},
      {"length", {null()}, "NULL"},
  });
}

TEST(StringFunctions, CaseMapping) {
  check({
      {"upper", {text("straße é")}, "STRAßE É"},
      {"lcase", {text("ÀB")}, "àb"},
      {"ucase", {bytes("abc")}, "abc"},
  });
}

TEST(StringFunctions, PartsByPosition) {
  check({
      {"left", {text("foobarbar"), number(5)}, "fooba"},
      {"left", {text("中文字"), number(2)}, "中文"},
      {"left", {text("abc"), number(-1)}, ""},
      {"right", {text("foobarbar"), number(4)}, "rbar"},
      {"right", {text("中文字"), number(2)}, "文字"},
      {"right", {text("abc"), number(9)}, "abc"},
      {"substring", {text("Quadratically"), number(5)}, "ratically"},
      {"substring", {text("Quadratically"), number(5), number(6)}, "ratica"},
      {"substr", {text("Sakila"), number(-3)}, "ila"},
      {"mid", {text("Sakila"), number(-5), number(3)}, "aki"},
      {"substring", {text("abc"), number(0)}, ""},
      {"substring", {text("abc"), number(-4)}, ""},
      {"substring", {text("abc"), number(2), number(-1)}, ""},
      {"substring", {text("abc"), number(2), number(9223372036854775807)}, "bc"},
      {"substring", {text("中文字"), number(2), number(1)}, "文"},
      {"substring", {text("abc"), null()}, "NULL"},
      {"substring_index", {text("www.mysql.com"), text("."), number(2)}, "www.mysql"},
      {"substring_index", {text("www.mysql.com"), text("."), number(-2)}, "mysql.com"},
      {"substring_index", {text("www.mysql.com"), text("."), number(9)}, "www.mysql.com"},
      {"substring_index", {text("www.mysql.com"), text("."), number(0)}, ""},
      {"substring_index", {text("aaaa"), text("aa"), number(-1)}, ""},
      {"substring_index", {text("a"), text(""), number(1)}, ""},
  });
}

TEST(StringFunctions, Trimming) {
  check({
      {"trim", {text("  bar   ")}, "bar"},
      {"trim", {text("xxxbarxxx"), text("x"), text("LEADING")}, "barxxx"},
      {"trim", {text("xxxbarxxx"), text("x"), text("BOTH")}, "bar"},
      {"trim", {text("barxxyz"), text("xyz"), text("TRAILING")}, "barx"},
      {"trim", {text("abc"), text(""), text("BOTH")}, "abc"},
      {"ltrim", {text("  barbar ")}, "barbar "},
      {"rtrim", {text(" barbar   ")}, " barbar"},
      {"reverse", {text("a中é")}, "é中a"},
      {"reverse", {text("abc")}, "cba"},
  });
}

TEST(StringFunctions, Joining) {
  check({
      {"concat", {text("My"), text("S"), text("QL")}, "MySQL"},
      {"concat", {text("My"), null(), text("QL")}, "NULL"},
      {"concat", {number(14), decimal("1.50"), real(0.5)}, "141.500.5"},
      {"concat", {text("exactly twelve bytes and some more"), text("!")}, "exactly twelve bytes and some more!"},
      {"concat_ws", {text(","), text("First name"), null(), text("Last Name")}, "First name,Last Name"},
      {"concat_ws", {null(), text("a")}, "NULL"},
      {"concat_ws", {text(","), null()}, ""},
      {"repeat", {text("MySQL"), number(3)}, "MySQLMySQLMySQL"},
      {"repeat", {text("MySQL"), number(-1)}, ""},
      {"repeat", {text("a"), number(9223372036854775807)}, "NULL"},
      {"space", {number(3)}, "   "},
      {"lpad", {text("hi"), number(4), text("??")}, "??hi"},
      {"lpad", {text("hi"), number(1), text("??")}, "h"},
      {"lpad", {text("hi"), number(7), text("中x")}, "中x中x中hi"},
      {"lpad", {text("hi"), number(-1), text("?")}, "NULL"},
      {"lpad", {text("hi"), number(5), text("")}, "NULL"},
      {"rpad", {text("hi"), number(5), text("?")}, "hi???"},
      {"replace", {text("www.mysql.com"), text("w"), text("Ww")}, "WwWwWw.mysql.com"},
      {"replace", {text("abc"), text(""), text("x")}, "abc"},
      {"insert", {text("Quadratic"), number(3), number(4), text("What")}, "QuWhattic"},
      {"insert", {text("Quadratic"), number(-1), number(4), text("What")}, "Quadratic"},
      {"insert", {text("Quadratic"), number(3), number(100), text("What")}, "QuWhat"},
      {"elt", {number(1), text("Aa"), text("Bb")}, "Aa"},
      {"elt", {number(3), text("Aa"), text("Bb")}, "NULL"},
      {"make_set", {number(5), text("hello"), text("nice"), text("world")}, "hello,world"},
      {"make_set", {number(5), text("hello"), text("nice"), null(), text("world")}, "hello"},
      {"export_set", {number(5), text("Y"), text("N"), text(","), number(4)}, "Y,N,Y,N"},
      {"export_set", {number(6), text("1"), text("0"), text(","), number(10)}, "0,1,1,0,0,0,0,0,0,0"},
      {"quote", {text("Don't!")}, "'Don\\'t!'"},
      {"quote", {null()}, "NULL"},
      {"translate", {text("ABC"), text("AB"), text("x")}, "xC"},
  });
}

TEST(StringFunctions, TooLargeResultsAreNullWithAWarning) {
  FunctionTester tester;
  tester.context.max_allowed_packet = 1024;
  EXPECT_EQ(tester.call("repeat", {text("ab"), number(1000)}), "NULL");
  EXPECT_GE(tester.warnings.count(), 1U);
  EXPECT_EQ(tester.warnings.items()[0].code, 1301);
  EXPECT_EQ(tester.warnings.items()[0].message,
            "Result of repeat() was larger than max_allowed_packet (1024) - truncated");
}

TEST(StringFunctions, Searching) {
  check({
      {"locate", {text("bar"), text("foobarbar")}, "4"},
      {"locate", {text("xbar"), text("foobar")}, "0"},
      {"locate", {text("bar"), text("foobarbar"), number(5)}, "7"},
      {"locate", {text("BAR"), text("foobar")}, "0"},
      {"locate", {text("BAR", "utf8mb4_general_ci"), text("foobar", "utf8mb4_general_ci")}, "4"},
      {"locate", {text("文"), text("中文")}, "2"},
      {"locate", {text(""), text("abc")}, "1"},
      {"locate", {text(""), text("abc"), number(4)}, "4"},
      {"locate", {text(""), text("abc"), number(5)}, "0"},
      {"locate", {text("b"), text("abc"), number(0)}, "0"},
      {"instr", {text("foobarbar"), text("bar")}, "4"},
      {"position", {text("b"), text("abc")}, "2"},
      {"find_in_set", {text("b"), text("a,b,c,d")}, "2"},
      {"find_in_set", {text("e"), text("a,b,c,d")}, "0"},
      {"find_in_set", {text(""), text("a,")}, "2"},
      {"find_in_set", {text("a,b"), text("a,b")}, "0"},
      {"find_in_set", {text("B", "utf8mb4_general_ci"), text("a,b", "utf8mb4_general_ci")}, "2"},
      {"field", {text("Bb"), text("Aa"), text("Bb"), text("Cc")}, "2"},
      {"field", {null(), text("a")}, "0"},
      {"field", {number(3), number(1), number(3)}, "2"},
      {"field", {text("1.0"), number(1)}, "1"},
      {"ilike", {text("AbC"), text("a%c")}, "1"},
  });
}

TEST(StringFunctions, Encodings) {
  check({
      {"hex", {text("abc")}, "616263"},
      {"hex", {number(255)}, "FF"},
      {"hex", {number(-1)}, "FFFFFFFFFFFFFFFF"},
      {"hex", {decimal("2.5")}, "3"},
      {"hex", {text("一", "gbk_bin")}, "D2BB"},
      {"unhex", {text("4D7953514C")}, "MySQL"},
      {"unhex", {text("GG")}, "NULL"},
      {"unhex", {text("A")}, "\n"},
      {"bin", {number(12)}, "1100"},
      {"oct", {number(12)}, "14"},
      {"bin", {null()}, "NULL"},
      {"ascii", {text("2")}, "50"},
      {"ascii", {number(2)}, "50"},
      {"ascii", {text("")}, "0"},
      {"ascii", {text("一", "gbk_bin")}, "210"},
      {"ord", {text("é")}, "50089"},
      {"ord", {text("一", "gbk_bin")}, "53947"},
      {"char", {number(77), number(121), text("83"), null()}, "MyS"},
      {"char", {number(0xFF), text("utf8mb4")}, "NULL"},
      {"to_base64", {text("abc")}, "YWJj"},
      {"from_base64", {text("YWJj")}, "abc"},
      {"from_base64", {text("YWJ")}, "NULL"},
      {"soundex", {text("Hello")}, "H400"},
      {"soundex", {text("Quadratically")}, "Q36324"},
      {"format", {decimal("12332.123456"), number(4)}, "12,332.1235"},
      {"format", {decimal("12332.1"), number(4)}, "12,332.1000"},
      {"format", {decimal("12332.2"), number(0)}, "12,332"},
      {"format", {decimal("12332.2"), number(2), text("de_DE")}, "12.332,20"},
      {"format", {number(-1234567), number(-3)}, "-1,234,567"},
  });
}

// A value of a type that is declared narrower than its values.
ExpressionPtr narrow(std::int64_t value, types::TypeCode code) {
  types::FieldType type;
  type.code = code;
  type.flen = 1;
  return std::make_shared<Constant>(types::Value(value), type);
}

TEST(StringFunctions, DisplayWidthOfIntegersCutsNothing) {
  using types::TypeCode;
  FunctionTester tester;
  EXPECT_EQ(tester.call("concat", {narrow(-128, TypeCode::kTiny)}), "-128");
  EXPECT_EQ(tester.call("concat", {narrow(-32768, TypeCode::kShort)}), "-32768");
  EXPECT_EQ(tester.call("concat", {narrow(-8388608, TypeCode::kInt24)}), "-8388608");
  EXPECT_EQ(tester.call("concat", {narrow(-2147483648, TypeCode::kLong)}), "-2147483648");
  EXPECT_EQ(tester.call("concat", {narrow(INT64_MIN, TypeCode::kLongLong)}), "-9223372036854775808");
  EXPECT_EQ(tester.call("coalesce", {narrow(12345, TypeCode::kLongLong), text("x")}), "12345");
  EXPECT_EQ(tester.call("concat", {real(-2.2250738585072014e-308)}), "-2.2250738585072014e-308");
}

TEST(StringFunctions, Base64IsWrapped) {
  FunctionTester tester;
  const std::string encoded = tester.call("to_base64", {text(std::string(60, 'x'))});
  EXPECT_EQ(encoded.size(), 81U);
  EXPECT_EQ(encoded[76], '\n');
  EXPECT_EQ(tester.call("from_base64", {text(encoded)}), std::string(60, 'x'));
}

TEST(CryptoFunctions, DocumentedResults) {
  check({
      {"md5", {text("testing")}, "ae2b1fca515949e5d54fb22b8ed95575"},
      {"sha1", {text("abc")}, "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {"sha2", {text("abc"), number(224)}, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
      {"sha2", {text("abc"), number(3)}, "NULL"},
      {"sm3", {text("abc")}, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
      {"password", {text("mypass")}, "*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4"},
      {"password", {text("")}, ""},
      {"random_bytes", {number(0)}, "error 1690"},
      {"uncompressed_length", {bytes("")}, "0"},
      {"uncompress", {text("any string")}, "NULL"},
  });
}

TEST(CryptoFunctions, InverseFunctionsGiveBackTheText) {
  FunctionTester tester;
  EXPECT_EQ(tester.call_hex("aes_encrypt", {text("pingcap"), text("1234567890123456")}),
            "697BFE9B3F8C2F289DD82C88C7BC95C4");
  EXPECT_EQ(tester.call("aes_decrypt", {tester.make("aes_encrypt", {text("pingcap"), text("key")}), text("key")}),
            "pingcap");
  EXPECT_EQ(tester.call("aes_decrypt", {text("garbage"), text("key")}), "NULL");
  EXPECT_EQ(tester.call("uncompress", {tester.make("compress", {text("hello world hello world")})}),
            "hello world hello world");
  EXPECT_EQ(tester.call("uncompressed_length", {tester.make("compress", {text("hello")})}), "5");
  EXPECT_EQ(tester.call("decode", {tester.make("encode", {text("secret text"), text("pw")}), text("pw")}),
            "secret text");
}

}  // namespace
}  // namespace sluice::expression
