#include "cli/read_side.hpp"

#include <unistd.h>

#include <array>

#include "cli/clock.hpp"
#include "cli/common_options.hpp"

namespace tidemark::cli {
namespace {

/// An engine's calls, for its store or one sink.
class EngineSide final : public ReadSide {
 public:
  EngineSide(std::unique_ptr<Engine> engine, std::string sink) : engine_(std::move(engine)), sink_(std::move(sink)) {}

  std::vector<Refresh> refresh_views(const std::vector<std::string>& names, const Clock& clock) override {
    return engine_->refresh_views(names, clock, sink_);
  }
  std::vector<ViewInfo> views() override { return engine_->views(sink_); }
  ViewRows view(const std::string& name) override { return engine_->view(name, sink_); }
  std::vector<Refresh> refresh_log(const std::string& view, std::size_t limit) override {
    return engine_->refresh_log(view, limit, sink_);
  }
  std::uint64_t trim_refresh_log(Instant before) override { return engine_->trim_refresh_log(before, sink_); }
  std::uint64_t put_table(const std::string& table, std::string_view document, TableFormat format,
                          const std::string& name, bool merge) override {
    return engine_->put_table(table, document, format, name, merge, sink_);
  }
  Table table(const std::string& table) override { return engine_->table(table, sink_); }
  Table recent(const std::string& name, const std::vector<std::string>& group, std::size_t limit,
               Instant now) override {
    return engine_->recent(name, group, limit, now, sink_);
  }

 private:
  std::unique_ptr<Engine> engine_;
  std::string sink_;
};

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown host";
}

}  // namespace

std::unique_ptr<ReadSide> open_read_side(const Arguments& arguments, bool for_writing) {
  const std::string sink = named_sink(arguments);
  if (!sink.empty() && !arguments.has("store")) return ReadSide::open(sink, arguments.all("schema"), host_name());
  // Definitions may bring new views, which a store that is opened for reading cannot take.
  const Access access = for_writing ? Access::write : Access::read;
  return std::make_unique<EngineSide>(open_engine(arguments, access, now_of(arguments)), sink);
}

std::unique_ptr<RunningAgent> agent_of(const Arguments& arguments, Console& console) {
  return named_sink(arguments).empty() ? RunningAgent::find(arguments, console) : nullptr;
}

void print_answer(RunningAgent& agent, const std::string& target, OutputFormat format, Console& console) {
  const char* word = format == OutputFormat::table ? "table" : format == OutputFormat::csv ? "csv" : "json";
  const char* mark = target.find('?') == std::string::npos ? "?" : "&";
  console.out.write(agent.get(target + mark + "format=" + word).body);
}

Clock clock_of(const Arguments& arguments) {
  if (!arguments.has("now")) return real_now;
  return [from = now_of(arguments), began = real_now()] { return from + (real_now() - began); };
}

}  // namespace tidemark::cli
