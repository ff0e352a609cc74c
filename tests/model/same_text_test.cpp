#include "model/same_text.hpp"

#include <string>

#include "support/property.hpp"

namespace tidemark {

TEST_CASE("texts are the same when every byte is") {
  test::check_property([] {
    const auto a = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    const std::string same = a;
    RC_ASSERT(same_text(a, same));
    RC_ASSERT(!same_text(a, a + 'x'));
    for (std::size_t i = 0; i < a.size(); ++i) {
      std::string other = a;
      other[i] = static_cast<char>(other[i] ^ 1);
      RC_ASSERT(!same_text(a, other));
    }
  });
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string a(size, 'a');
    CHECK(same_text(a, std::string(size, 'a')));
    for (std::size_t i = 0; i < size; ++i) {
      std::string other = a;
      other[i] = 'b';
      CHECK(!same_text(a, other));
    }
  }
}

}  // namespace tidemark
