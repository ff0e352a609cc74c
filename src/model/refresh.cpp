#include <tidemark/views.hpp>

namespace tidemark {

const char* name_of(Refresh::Status status) {
  switch (status) {
    case Refresh::Status::running: return "running";
    case Refresh::Status::success: return "success";
    case Refresh::Status::failed: return "failed";
  }
  return "";
}

}  // namespace tidemark
