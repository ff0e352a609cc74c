#include "cli/progress.hpp"

#include <algorithm>

#include "cli/clock.hpp"
#include "render/text_table.hpp"

namespace tidemark::cli {

std::string progress_line(std::string_view what, std::uint64_t done, std::uint64_t total) {
  constexpr std::size_t kBar = 30;
  std::string line(what);
  if (total == 0) return line + "  " + with_commas(done);
  done = std::min(done, total);
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const auto filled = static_cast<std::size_t>(share * kBar);
  line += "  [" + std::string(filled, '#') + std::string(kBar - filled, '.') + "]  ";
  line += std::to_string(static_cast<int>(share * 100)) + " %  " + with_commas(done) + " of " + with_commas(total);
  return line;
}

void ProgressBar::update(std::string_view what, std::uint64_t done, std::uint64_t total) {
  if (!shown_) return;
  const double now = steady_seconds();
  if (now < next_draw_) return;
  next_draw_ = now + 0.1;
  console_.error_text('\r' + cut_to_width(progress_line(what, done, total), 79) + "\x1b[K");
  drawn_ = true;
}

void ProgressBar::clear() {
  if (drawn_) console_.error_text("\r\x1b[K");
  drawn_ = false;
}

Progress ProgressBar::callback() {
  if (!shown_) return {};
  return [this](std::string_view what, std::uint64_t done, std::uint64_t total) { update(what, done, total); };
}

}  // namespace tidemark::cli
