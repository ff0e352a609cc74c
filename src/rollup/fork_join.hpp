#pragma once
#include <cstddef>
#include <functional>

namespace tidemark {

/// Runs task(0) … task(tasks - 1), each once, on up to `threads` threads, the caller's being one of them, and returns
/// when all are done; no thread is left behind. When tasks throw, the first of their exceptions is thrown here, after
/// those that had begun have ended; tasks that had not begun are left out.
void fork_join(std::size_t threads, std::size_t tasks, const std::function<void(std::size_t task)>& task);

}  // namespace tidemark
