#include "cli/sync_report.hpp"

#include "cli/summary.hpp"
#include "render/text_table.hpp"

namespace tidemark::cli {

void print_sync_report(const SyncReport& done, const Arguments& arguments, Console& console) {
  Report report;
  report.set("sink", Value(done.sink));
  report.set("rows", done.rows).set("transactions", done.transactions).set("waiting", done.waiting);
  report.set("quarantined", done.quarantined);
  Report notices = Report::list();
  for (const std::string& notice : done.notices) notices.add(Value(notice));
  report.set("notices", std::move(notices));
  print_summary(arguments, console, report,
                "sent " + counted(done.rows, "row") + " to " + printable(done.sink) + " in " +
                    counted(done.transactions, "transaction") + "; " + counted(done.waiting, "bucket") +
                    (done.waiting == 1 ? " waits" : " wait") + " to be finished or computed\n");
  for (const std::string& notice : done.notices) console.message("note: " + notice);
  if (done.quarantined != 0)
    console.message(counted(done.quarantined, "row") +
                    " set aside, because the sink refuses them; correct the cause, then 'tidemark sync "
                    "--retry-quarantined'");
}

}  // namespace tidemark::cli
