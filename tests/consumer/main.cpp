#include <cstdio>

#include <tidemark/version.hpp>

int main() {
  std::printf("tidemark %.*s\n", static_cast<int>(tidemark::version().size()), tidemark::version().data());
  return tidemark::version().empty() ? 1 : 0;
}
