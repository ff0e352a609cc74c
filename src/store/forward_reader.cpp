#include "store/forward_reader.hpp"

namespace tidemark {

bool ForwardReader::move_to(std::string_view key) {
  // Neighbours are mostly a step or two away; a seek costs about as much as eight steps.
  constexpr int kSteps = 8;
  for (int step = 0; started_ && cursor_->valid() && cursor_->key() < key; ++step) {
    if (step == kSteps) {
      cursor_->seek(key);
      break;
    }
    cursor_->next();
  }
  if (!started_) cursor_->seek(key);
  started_ = true;
  return cursor_->valid();
}

}  // namespace tidemark
