"""Small projects in which one test fails, for every test runner that a package brings.

A neighbour of the failing test leaves a file `neighbour` behind: it shows whether it ran.
`@FOLDER@` stands for the folder of the project.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Project:
    """What a folder holds, how its tests are built and called, and which one fails."""

    needs: str  # the program without which it is skipped
    files: dict[str, str]
    command: str
    test: str
    build: str = "true"
    prints: bytes = b""  # what the line prints, where the test runs alone and nobody names it


_C = '#include <stdio.h>\nstatic void ran(void) { fclose(fopen("neighbour", "w")); }\n'
_AUTOTEST = """
AT_INIT([kettle])
AT_SETUP([water boils])
AT_CHECK([echo 99], [0], [100
])
AT_CLEANUP
AT_SETUP([tea pours])
AT_CHECK([touch @FOLDER@/neighbour])
AT_CLEANUP
"""

PROJECTS = {
    "bats": Project(
        "bats",
        {"t/lid.bats": "@test 'lid is (quite) shut' { false; }\n"
                       "@test 'lid' { touch neighbour; }\n"},
        "bats t", "lid is (quite) shut",
    ),
    "bats --tap": Project(
        "bats",
        {"lid.bats": "@test 'lid is shut' { false; }\n@test 'lid' { touch neighbour; }\n",
         "oil.bats": "@test 'lid is shut too' { touch neighbour; }\n"},
        "bats --tap .", "lid is shut",
    ),
    "prove": Project(
        "prove",
        {"t/a.t": "use Shelf; use Test::More tests => 1; is(3, 4, 'four books');\n",
         "t/b.t": "use Test::More tests => 1; open F, '>neighbour'; ok 1;\n",
         "lib/Shelf.pm": "1;\n"},
        "prove -Ilib t", "t/a.t > four books",
    ),
    "node": Project(
        "node",
        {"test/gate.test.mjs": "import {describe, it} from 'node:test'; import fs from 'node:fs';\n"
                               "describe('oven', () => {\n"
                               "  it('rises (well)', () => { throw new Error('no oil'); });\n"
                               "});\nit('cools', () => fs.writeFileSync('neighbour', ''));\n"},
        "node --test test/", "test/gate.test.mjs > oven > rises (well)",
    ),
    "busted": Project(
        "busted",
        {"box_spec.lua": "describe('box', function()\n"
                         "  it('is shut (100%)', function() assert.equal(1, 2) end)\n"
                         "  it('opens', function() io.open('neighbour', 'w') end)\nend)\n"},
        "busted -o TAP box_spec.lua", "box is shut (100%)",
    ),
    "busted by itself": Project(
        "busted",
        {"box_spec.lua": "describe('box', function()\n"
                         "  it('is shut (100%)', function() assert.equal(1, 2) end)\n"
                         "  it('opens', function() io.open('neighbour', 'w') end)\nend)\n"},
        "busted box_spec.lua", "box is shut (100%)",
    ),
    "minitest": Project(
        "ruby",
        {"test/box_test.rb": "require 'minitest/autorun'\nclass BoxTest < Minitest::Test\n"
                             "  def test_lid; assert_equal 1, 2; end\n"
                             "  def test_lid_too; File.write('neighbour', ''); end\nend\n"},
        "ruby -Itest test/box_test.rb", "BoxTest#test_lid",
    ),
    "minitest/spec": Project(
        "ruby",
        {"box_test.rb": "require 'minitest/autorun'\ndescribe 'box' do\n"
                        "  it('opens') { File.write('neighbour', '') }\n"
                        "  it('is shut (2)') { _(1).must_equal 2 }\nend\n"},
        "ruby box_test.rb", "box#is shut (2)",
    ),
    "rake": Project(
        "rake",
        {"test/box_test.rb": "require 'minitest/autorun'\nclass BoxTest < Minitest::Test\n"
                             "  def test_lid; assert_equal 1, 2; end\n"
                             "  def test_oil; File.write('neighbour', ''); end\nend\n",
         "Rakefile": "require 'rake/testtask'\n"
                     "Rake::TestTask.new { |t| t.pattern = 'test/*_test.rb' }\n"},
        "rake test", "BoxTest#test_lid",
    ),
    "test-unit": Project(
        "ruby",
        {"basket_test.rb": "require 'test/unit'\nclass BasketTest < Test::Unit::TestCase\n"
                           "  test('with words') { assert_equal 1, 2 }\n"
                           "  def test_fill; File.write('neighbour', ''); end\nend\n"},
        "ruby basket_test.rb", "BasketTest#test: with words",
    ),
    "rspec": Project(
        "rspec",
        {"spec/a_spec.rb": "RSpec.describe 'stable' do\n"
                           "  it('is shut (2)') { expect(1).to eq 2 }\n"
                           "  it('opens') { File.write('neighbour', '') }\nend\n"},
        "rspec --order rand:5", "stable is shut (2)",
    ),
    "phpunit": Project(
        "phpunit",
        {"tests/StoreTest.php": "<?php namespace Depot;\n"
                                "class StoreTest extends \\PHPUnit\\Framework\\TestCase {\n"
                                "  static function sizes() { return ['one (1)' => [9], [1]]; }\n"
                                "  /** @dataProvider sizes */\n"
                                "  function testSize($n) { if ($n == 1) touch('neighbour');\n"
                                "    $this->assertLessThan(5, $n); }\n"
                                "  function testFill() { touch('neighbour');\n"
                                "    $this->assertTrue(true); }\n}\n"},
        "phpunit tests", 'Depot\\StoreTest::testSize with data set "one (1)"',
    ),
    "eunit": Project(
        "erl",
        {"hive_tests.erl": "-module(hive_tests).\n-include_lib(\"eunit/include/eunit.hrl\").\n"
                           "fill_test() -> ?assertEqual(4, 3).\n"
                           "queen_test() -> file:write_file(\"neighbour\", \"\").\n"},
        'erl -noshell -pa . -eval "R=eunit:test(hive_tests),'
        'init:stop(if R==ok->0;true->1 end)."',
        "hive_tests:fill_test", build="erlc hive_tests.erl",
    ),
    "common_test": Project(
        "ct_run",
        {"hive_SUITE.erl": "-module(hive_SUITE).\n-compile(export_all).\nall() -> [queen, fill].\n"
                           "queen(_) -> file:write_file(\"@FOLDER@/neighbour\", \"\").\n"
                           "fill(_) -> 4 = length([a]).\n"},
        "ct_run -noshell -dir . -logdir logs", "hive_SUITE:fill", build="mkdir logs",
    ),
    "exunit": Project(
        "mix",
        {"mix.exs": "defmodule Lid.MixProject do\n  use Mix.Project\n"
                    "  def project, do: [app: :lid, version: \"0.1.0\"]\nend\n",
         "test/test_helper.exs": "ExUnit.start()\n",
         "test/lid_test.exs": "defmodule LidTest do\n  use ExUnit.Case\n"
                              "  test \"is shut\", do: assert 1 == 2\n"
                              "  test \"opens\", do: File.write!(\"neighbour\", \"\")\nend\n"},
        "mix test", "LidTest > test is shut",
    ),
    "nextest": Project(
        "cargo-nextest",
        {"Cargo.toml": "[package]\nname = \"lid\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
         "src/lib.rs": "#[test]\nfn is_shut() { panic!(\"it is open\") }\n"
                       "#[test]\nfn is_shut_too() "
                       "{ std::fs::write(\"neighbour\", \"\").unwrap() }\n"},
        "cargo nextest run", "lid is_shut",
    ),
    "shunit2": Project(
        "shunit2",
        {"t.sh": "testA() { assertEquals 3 4; }\ntestB() { touch neighbour; }\n. shunit2\n"},
        "sh t.sh", "testA",
    ),
    "tcltest": Project(
        "tclsh",
        {"lamp.test": "package require tcltest\nnamespace import tcltest::*\n"
                      "test lamp-1.1 {is lit} {expr 1+1} 3\n"
                      "test lamp-1.2 {is out} {close [open neighbour w]; expr 1} 1\n"
                      "set failed $tcltest::numTests(Failed)\ncleanupTests\nexit $failed\n"},
        "tclsh lamp.test", "lamp-1.1",
    ),
    "doctest": Project(
        "g++",
        {"d.cpp": "#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN\n#include <doctest/doctest.h>\n"
                  "#include <fstream>\n"
                  'TEST_CASE("bread, and butter") { CHECK(1 == 2); }\n'
                  'TEST_CASE("bread") { std::ofstream("neighbour") << 1; }\n'},
        "./d", "bread, and butter", build="g++ -O0 -o d d.cpp",
    ),
    "criterion": Project(
        "gcc",
        {"c.c": f"#include <criterion/criterion.h>\n{_C}"
                'Test(core, shrinks) { cr_assert(0, "a is 3"); }\n'
                "Test(core, other) { ran(); }\n"},
        "./c -j1", "core::shrinks", build="gcc -o c c.c -lcriterion",
    ),
    "glib": Project(
        "gcc",
        {"g.c": f"#include <glib.h>\n{_C}static void shut(void) {{ g_test_fail(); }}\n"
                "int main(int n, char **v) { g_test_init(&n, &v, NULL);\n"
                '  g_test_add_func("/ring/open", ran); g_test_add_func("/ring/shut", shut);\n'
                "  return g_test_run(); }\n"},
        "./g", "/ring/shut",
        build="gcc -o g g.c $(pkg-config --cflags --libs glib-2.0)",
    ),
    "autotest": Project(
        "autom4te",
        {"testsuite.at": _AUTOTEST,
         "package.m4": "m4_define([AT_PACKAGE_NAME], [kettle])\n"
                       "m4_define([AT_PACKAGE_TARNAME], [kettle])\n"
                       "m4_define([AT_PACKAGE_VERSION], [1])\n"
                       "m4_define([AT_PACKAGE_STRING], [kettle 1])\n"
                       "m4_define([AT_PACKAGE_BUGREPORT], [b@example.org])\n",
         "atconfig": "at_testdir=.\nabs_builddir=$(pwd)\nat_srcdir=.\nabs_srcdir=$(pwd)\n"
                     "at_top_srcdir=.\nabs_top_srcdir=$(pwd)\nat_top_build_prefix=\n"
                     "abs_top_builddir=$(pwd)\nAUTOTEST_PATH=.\n"},
        "./testsuite", "water boils",
        build="autom4te --language=autotest -I . -o testsuite testsuite.at && touch atlocal",
    ),
    "dejagnu": Project(
        "runtest",
        {"testsuite/post.base/sort.exp": 'fail "sort: b"\n',
         "testsuite/post.net/send.exp": 'pass "send"\nclose [open neighbour w]\n'},
        "runtest --tool post --srcdir testsuite", "post.base/sort.exp: sort: b",
    ),
    "kyua": Project(
        "kyua",
        {"Kyuafile": "syntax(2)\ntest_suite('bin')\nplain_test_program{name='lid'}\n"
                     "plain_test_program{name='oil'}\n",
         "lid": "#!/bin/sh\nexit 1\n", "oil": '#!/bin/sh\ntouch @FOLDER@/neighbour\n'},
        "kyua test", "lid:main", build="chmod +x lid oil",
    ),
    "ctest": Project(
        "ctest",
        {"CMakeLists.txt": "cmake_minimum_required(VERSION 3.10)\nproject(x NONE)\n"
                           "enable_testing()\nadd_test(NAME lid COMMAND false)\n"
                           "add_test(NAME lid2 COMMAND touch ${CMAKE_SOURCE_DIR}/neighbour)\n"},
        "cd b && ctest", "lid", build="cmake -S . -B b",
    ),
    "meson": Project(
        "meson",
        # Up to 1.0 the project is named beside a suite only.
        {"meson.build": "project('lantern')\ntest('wick', find_program('false'), suite: 'light')\n"
                        "test('oil', find_program('touch'), suite: 'store', "
                        "args: meson.current_source_dir() / 'neighbour')\n"},
        "meson test -C b", "lantern:wick", build="meson setup b",
    ),
    "behave": Project(
        "behave",
        {"features/lid.feature": "Feature: lid\n  Scenario: shut (2)\n    Given it fails\n"
                                 "  Scenario: shut\n    Given it works\n",
         "features/steps/s.py": "from behave import given\n"
                                "@given('it fails')\ndef f(c): assert 1 == 2\n"
                                "@given('it works')\ndef w(c): open('neighbour', 'w')\n"},
        "behave", "features/lid.feature::shut (2)",
    ),
    "robot": Project(
        "robot",
        {"lid.robot": "*** Settings ***\nLibrary    OperatingSystem\n*** Test Cases ***\n"
                      "Shut [2]\n    Fail    it is open\nShut 2\n"
                      "    Create File    ${CURDIR}/neighbour\n"},
        "robot lid.robot", "Lid.Shut [2]",
    ),
    "robot/teardown": Project(
        "robot",
        {"all/lid.robot": "*** Settings ***\nSuite Teardown    Fail    it is open\n"
                          "*** Test Cases ***\nOpens\n    Log    fine\n",
         "all/oil.robot": "*** Settings ***\nLibrary    OperatingSystem\n*** Test Cases ***\n"
                          "Full\n    Create File    @FOLDER@/neighbour\n"},
        "robot all", "All.Lid",
    ),
    "ert": Project(
        "emacs",
        {"lid-test.el": "(ert-deftest lid-is-shut () (should (equal 3 4)))\n"
                        "(ert-deftest lid-opens () (write-region \"\" nil \"neighbour\"))\n"},
        "emacs -Q --batch -l ert -l lid-test.el -f ert-run-tests-batch-and-exit", "lid-is-shut",
    ),
    "alcotest": Project(
        "dune",
        {"dune-project": "(lang dune 2.9)\n",
         "test/dune": "(test (name lid) (libraries alcotest unix))\n",
         "test/lid.ml": "let shut () = Alcotest.(check int) \"same\" 3 4\n"
                        "let opens () = close_out (open_out \"@FOLDER@/neighbour\")\n"
                        "let () = Alcotest.run \"Lid\" [ \"hinge\", [\n"
                        "  Alcotest.test_case \"opens\" `Quick opens;\n"
                        "  Alcotest.test_case \"is shut\" `Quick shut ] ]\n"},
        "dune runtest", "hinge > is shut",
        build="dune build ./test/lid.exe",
    ),
    "dune": Project(
        "dune",
        {"dune-project": "(lang dune 2.9)\n",
         "test/dune": "(tests (names shut opens))\n",
         "test/shut.ml": "let () = failwith \"no oil\"\n",
         "test/opens.ml": "let () = close_out (open_out \"@FOLDER@/neighbour\")\n"},
        "dune runtest", "test/shut", prints=b'exception Failure("no oil")',
    ),
    "dune/cram": Project(
        "dune",
        {"dune-project": "(lang dune 2.9)\n(cram enable)\n", "dune": "",
         "lid.t": "  $ echo open\n  shut\n", "oil.t": "  $ touch @FOLDER@/neighbour\n"},
        "dune runtest", "lid.t",
    ),
    "testthat": Project(
        "Rscript",
        {"tests/test-lid.R": "library(testthat)\ntest_that('lid is shut', {\n"
                             "  expect_equal(3, 4)\n})\n",
         "tests/test-oil.R": "testthat::test_that('oil', {\n"
                             "  file.create('@FOLDER@/neighbour'); testthat::succeed() })\n"},
        "Rscript -e 'testthat::test_dir(\"tests\")'", "test-lid.R: lid is shut",
        build="Rscript -e 'library(testthat)'",
    ),
    "phpt": Project(
        "php",
        {"tests/lid.phpt": "--TEST--\nshut\n--FILE--\n<?php echo 'open';\n--EXPECT--\nshut\n",
         "tests/oil.phpt": "--TEST--\nfull\n--FILE--\n<?php touch('@FOLDER@/neighbour');\n"
                           "--EXPECT--\n"},
        "php run-tests.php -q -p /usr/bin/php tests", "tests/lid.phpt",
        build="cp /usr/lib/php/*/build/run-tests.php .",
    ),
    "qttest": Project(
        "g++",
        {"t.cpp": "#include <QtTest>\n#include <fstream>\nclass Lid : public QObject { Q_OBJECT\n"
                  "private slots:\n"
                  "  void size_data() { QTest::addColumn<int>(\"n\");\n"
                  "    QTest::newRow(\"one\") << 1; QTest::newRow(\"two (9)\") << 9; }\n"
                  "  void size() { QFETCH(int, n); if (n == 1) std::ofstream(\"neighbour\") << 1;\n"
                  "    QVERIFY2(n < 5, \"too large\"); }\n"
                  "};\nQTEST_APPLESS_MAIN(Lid)\n#include \"t.moc\"\n"},
        "./t", "Lid::size(two (9))",
        build="/usr/lib/qt6/libexec/moc t.cpp -o t.moc && g++ -fPIC -O0 -DQT_TESTLIB_LIB -I. "
              "$(pkg-config --cflags --libs Qt6Test) -o t t.cpp -lQt6Test -lQt6Core",
    ),
    "avocado": Project(
        "avocado",
        {"test_lid.py": "from avocado import Test\nclass Lid(Test):\n"
                        "    def test_shut(self): self.assertEqual(1, 2)\n"
                        "    def test_oil(self): open('@FOLDER@/neighbour', 'w')\n"},
        "avocado run test_lid.py", "test_lid.py:Lid.test_shut",
    ),
    "asv": Project(
        "asv",
        {"asv.conf.json": '{"version": 1, "project": "lid", "repo": ".", "branches": ["main"],\n'
                          ' "environment_type": "existing", "benchmark_dir": "b"}\n',
         "b/__init__.py": "",
         "b/lid.py": "def time_shut(): raise ValueError('no oil')\n"
                     "def time_shut_too(): open('@FOLDER@/neighbour', 'w')\n"},
        "asv run --python=same --quick", "lid.time_shut",
        build="git init -q . && git -c user.name=a -c user.email=a@example.org commit -q "
              "--allow-empty -m x && asv machine --yes",
    ),
}  # fmt: skip
