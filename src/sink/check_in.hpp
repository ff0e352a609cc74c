#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "sink/sink.hpp"
#include "store/store.hpp"

namespace tidemark {

/// What a store says of itself at a sink.
struct StoreSelf {
  std::string host;
  std::string path;
  std::string version;
  std::uint64_t position = 0;  ///< The log's end; what was accepted later may be missing from it.
  std::uint64_t spans = 0;     ///< Accepted by then, since the store was made.
  /// Fills with bytes that nobody else has drawn.
  std::function<void(std::span<std::uint8_t>)> random;
};

/// The sink's row of this store's epoch is another store's: the two were one.
struct Fork {
  std::uint32_t epoch = 0;       ///< Which it is.
  std::uint32_t last_epoch = 0;  ///< The largest that the sink knows of this agent.
  std::string host;              ///< Of the other one.
  std::string store;
  Instant seen;
};

/// Tells a sink, once for each pass, who sends, and finds out whether somebody else does so in the same name.
///
/// The sink keeps a nonce for each epoch of an agent, and a check-in replaces it if it is still the one that this store
/// put there last. Before the nonce is sent the store notes it, durably, beside the one before: when the answer is lost,
/// either may be found next time. So of two stores with the same history the first to check in keeps the epoch, and the
/// other one learns of it before it has sent a row.
///
/// A nonce that this store put there under another name of the sink is its own, too.
///
/// A nonce of fewer check-ins than this store has made means that the sink was put back to an earlier state; no row at
/// all, that it was lost. Then every row has to go again.
class CheckInPass {
 public:
  /// `send_all_again` notes, durably, that the sink needs every row. It is called before the check-in is noted.
  CheckInPass(Store& store, Sink& sink, std::uint16_t sink_id, const StoreSelf& self,
              std::function<void()> send_all_again)
      : store_(store), sink_(sink), id_(sink_id), self_(self), send_all_again_(std::move(send_all_again)) {}

  struct Result {
    std::optional<Fork> fork;
    bool sink_went_back = false;       ///< It lacks rows that it had confirmed.
    std::uint64_t newly_unproven = 0;  ///< Spans of another store that count twice if they come here again.
    /// Spans that the store brings, and that no sink has heard of from where they were accepted: they count twice if they
    /// have come, or come again to another store in that place.
    std::uint64_t newly_brought = 0;
  };
  /// `accepted`: how many spans the store has accepted since it was made, those in the rows that will go at least.
  /// Errors: SinkError, StoreError.
  Result run(Instant now, std::uint64_t accepted);

 private:
  enum class Step { done, again };
  Step attempt(Instant now, Result& result);
  /// `lost`: what the sink had confirmed before it lost the row.
  Step first_time(const std::vector<AgentRow>& rows, const std::optional<meta::CheckIn::Point>& lost, Instant now,
                  Result& result);
  void note_that_sink_went_back(Result& result);
  void note_foreign_epochs(const std::vector<AgentRow>& rows);
  std::optional<meta::CheckIn::Point> point_under_another_name(const Nonce& nonce);
  Step swap(const AgentRow& stored, const meta::CheckIn::Point& known, Instant now);
  AgentRow row_of(const meta::CheckIn::Point& point, Instant now) const;
  meta::CheckIn::Point new_point(std::uint64_t check_ins) const;
  void note_attempt(std::vector<meta::CheckIn::Point> known, const meta::CheckIn::Point& point);
  void note(std::vector<meta::CheckIn::Point> points, KvStore::Durability durability);
  void note_unproven(const std::vector<AgentRow>& rows, Result& result);
  std::uint64_t accepted_in_epoch() const;
  std::uint64_t known_to_others(const std::vector<AgentRow>& rows) const;
  std::optional<std::uint64_t> accepted_here_by_others();
  std::uint64_t brought_untold(const std::vector<AgentRow>& rows) const;
  std::uint64_t said_elsewhere(const std::vector<AgentRow>& rows) const;

  Store& store_;
  Sink& sink_;
  std::uint16_t id_;
  const StoreSelf& self_;
  std::function<void()> send_all_again_;
  std::uint64_t accepted_ = 0;
  meta::CheckIn record_;
};

}  // namespace tidemark
