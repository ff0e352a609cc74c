#include "agent/log.hpp"

#include <ostream>

// The only file that includes spdlog.
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "model/text.hpp"
#include "render/report.hpp"

namespace tidemark::agent {
namespace {

constexpr std::string_view kNames[] = {"debug", "info", "warn", "error"};
constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                 spdlog::level::err};

bool is_plain(std::string_view text) {
  if (text.empty() || !is_clean_utf8(text)) return false;
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '=' || c == '\x7f') return false;
  return true;
}

std::string json_line(Instant now, std::string_view level, std::string_view message, const Log::Fields& fields) {
  std::string line = "{\"time\":\"" + format_rfc3339(now) + "\",\"level\":\"" + std::string(level) + "\",\"message\":";
  append_json_text(line, message);
  for (const auto& [name, value] : fields) {
    line += ",\"" + std::string(name) + "\":";
    append_json_text(line, value);
  }
  return line + "}";
}

std::string text_line(Instant now, std::string_view level, std::string_view message, const Log::Fields& fields) {
  std::string line = format_rfc3339(now) + " " + std::string(level) + " " + std::string(message);
  for (const auto& [name, value] : fields) {
    line += " " + std::string(name) + "=";
    if (is_plain(value))
      line += value;
    else
      append_json_text(line, value);
  }
  return line;
}

}  // namespace

std::optional<std::uint64_t> RateLimit::admit(const std::string& key, Instant now) {
  const auto found = held_.find(key);
  // A clock that was set back must not hold anything back for longer than a minute.
  if (found != held_.end() && now >= found->second.since && now < found->second.since + kEvery) {
    ++found->second.count;
    return std::nullopt;
  }
  const std::uint64_t count = found == held_.end() ? 0 : found->second.count;
  if (held_.size() >= kMostKeys) held_.clear();
  held_[key] = {now, 0};
  return count;
}

class Log::Output {
 public:
  explicit Output(std::ostream* out)
      : logger_("tidemark", out != nullptr ? std::static_pointer_cast<spdlog::sinks::sink>(
                                                 std::make_shared<spdlog::sinks::ostream_sink_mt>(*out, true))
                                           : std::static_pointer_cast<spdlog::sinks::sink>(
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
    logger_.set_pattern("%v");
  }
  spdlog::logger& logger() { return logger_; }

 private:
  spdlog::logger logger_;
};

Log::Log(Clock clock, bool json, std::ostream* out)
    : clock_(std::move(clock)), json_(json), output_(std::make_unique<Output>(out)) {}
Log::~Log() = default;

void Log::set_level(std::string_view level) {
  for (std::size_t i = 0; i < std::size(kNames); ++i)
    if (kNames[i] == level) output_->logger().set_level(kLevels[i]);
}

void Log::write(Level level, std::string_view message, const Fields& fields) {
  const auto index = static_cast<std::size_t>(level);
  spdlog::logger& logger = output_->logger();
  if (!logger.should_log(kLevels[index])) return;
  const std::string line = (json_ ? json_line : text_line)(clock_(), kNames[index], message, fields);
  logger.log(kLevels[index], spdlog::string_view_t(line.data(), line.size()));
}

void Log::repeated(Level level, const std::string& key, std::string_view message, Fields fields) {
  std::optional<std::uint64_t> held_back;
  {
    const std::lock_guard lock(mutex_);
    held_back = limit_.admit(key, clock_());
  }
  if (!held_back) return;
  if (*held_back != 0) fields.emplace_back("repeated", std::to_string(*held_back));
  write(level, message, fields);
}

bool Log::over(const std::string& key) {
  const std::lock_guard lock(mutex_);
  return limit_.forget(key);
}

}  // namespace tidemark::agent
