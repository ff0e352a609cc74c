#include "store/forward_reader.hpp"

namespace tidemark {

bool ForwardReader::move_to(std::string_view key) {
  // Neighbours are mostly a step or two away; a seek costs about as much as eight steps.
  constexpr int kSteps = 8;
  for (int step = 0; valid_ && step < kSteps; ++step) {
    if (key_ >= key) return true;
    next();
  }
  if (!started_ || (valid_ && key_ < key)) {
    started_ = true;
    cursor_->seek(key);
    look();
  }
  return valid_;
}

}  // namespace tidemark
