#include <tidemark/engine.hpp>

#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "cli/summary.hpp"
#include "render/text_table.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set(
      "[OPTION]…",
      "Computes every bucket again whose raw spans all survive, and compares; looks for the uses of recents, too. Exit "
      "code 1 when one differs.");
  add_store_options(set);
  add_output_options(set);
  return set;
}

std::string text_of(const VerifyReport& found) {
  return "checked " + counted(found.buckets_checked, "bucket") + " against " + counted(found.spans, "raw span") + ": " +
         (found.mismatches == 0 ? "all equal" : with_commas(found.mismatches) + " differ") + "; skipped " +
         counted(found.buckets_skipped, "bucket") + " whose raw spans are gone in part" +
         (found.buckets_waiting == 0 ? "" : ", and " + counted(found.buckets_waiting, "bucket") + " not computed yet") +
         (found.groups_checked == 0
              ? ""
              : "; looked for the uses of " + counted(found.groups_checked, "group") + " in recents") +
         "\n";
}

int run_verify(const Arguments& arguments, Console& console) {
  output_format(arguments);
  ProgressBar bar(console, quiet(arguments));
  const auto engine = open_engine(arguments, Access::read, now_of(arguments), bar.callback());
  const VerifyReport found = engine->verify(bar.callback());
  bar.clear();
  Report report, examples = Report::list();
  for (const std::string& example : found.examples) {
    examples.add(Value(example));
    console.message("differs: " + example);
  }
  report.set("buckets_checked", found.buckets_checked).set("buckets_skipped", found.buckets_skipped);
  report.set("buckets_waiting", found.buckets_waiting).set("groups_checked", found.groups_checked);
  report.set("spans", found.spans).set("mismatches", found.mismatches).set("examples", std::move(examples));
  print_summary(arguments, console, report, text_of(found));
  return found.mismatches == 0 ? kExitOk : kExitFailure;
}

}  // namespace

const Command kVerify = {"verify", "Compare buckets with their raw spans.", options, run_verify};

}  // namespace tidemark::cli
