#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tidemark/views.hpp>

#include "cli/console.hpp"
#include "cli/options.hpp"
#include "http/client.hpp"

namespace tidemark::cli {

/// The agent that has a store open, spoken to over the socket in the store's folder.
/// Errors of every request: InputError when the agent finds the request wrong, tidemark::Error when it cannot answer it
/// or has gone.
class RunningAgent {
 public:
  /// Nobody: nullptr; a socket that nobody listens on is none. Says on stderr which of both it is, unless `--quiet`.
  /// Errors: UsageError for options that only make sense where the store is opened here (`--now`, `--schema`,
  /// `--memory`, `--threads`).
  static std::unique_ptr<RunningAgent> find(const Arguments& arguments, Console& console);

  /// Encoded already: `/api/v1/status?format=json`.
  http::ClientResponse get(const std::string& target) { return ask({"GET", target, {}, {}}); }
  http::ClientResponse post(const std::string& target, std::string body) {
    return ask({"POST", target, {}, std::move(body)});
  }

  /// Puts a dimension table's rows. Returns how many came.
  std::uint64_t put_table(const std::string& table, std::string document, TableFormat format, bool merge);

  /// Refreshes a view once, now. Returns the attempt, be it a failure.
  Refresh refresh_view(const std::string& view);
  /// The names of all views.
  std::vector<std::string> views();

  /// Sends a document; the answer is a report, also when nothing in the document could be decoded.
  http::ClientResponse ingest(const std::string& target, std::string body);

  /// Has it run once, now. Returns its result in words. Errors: tidemark::Error with the job's, when it fails.
  std::string run_job(const std::string& name);

  /// Names and last results of its jobs.
  std::vector<std::pair<std::string, std::string>> jobs();

 private:
  explicit RunningAgent(const std::string& store);
  http::ClientResponse send(const http::ClientRequest& request);
  http::ClientResponse ask(const http::ClientRequest& request);
  http::ClientResponse refuse(const http::ClientResponse& response) const;

  std::string store_;
  http::Client client_;
};

/// What a job's words say. Errors: tidemark::Error when they are another version's.
template <typename Report>
Report understood(const std::optional<Report>& parsed) {
  if (!parsed) throw Error("the agent is of another version; what its job did is in 'tidemark status'");
  return *parsed;
}

/// `?a=b&c=d`, encoded; empty for none.
std::string query_text(const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace tidemark::cli
