#include "rollup/identity_index.hpp"

#include <cstring>
#include <map>

#include "rollup/harness.hpp"
#include "support/property.hpp"

namespace tidemark::test {
namespace {

/// Identities that share places, what tells them apart within one, or neither.
Digest identity(std::uint32_t low, std::uint32_t high, std::uint64_t rest) {
  Digest digest;
  std::memcpy(digest.bytes.data(), &low, sizeof low);
  std::memcpy(digest.bytes.data() + sizeof low, &high, sizeof high);
  std::memcpy(digest.bytes.data() + sizeof low + sizeof high, &rest, sizeof rest);
  return digest;
}

rc::Gen<Digest> any_identity() {
  return rc::gen::exec([] {
    return identity(*rc::gen::element(0u, 1u, 0x3ffu, 0x400u, 0x7ffu, 0xffffffffu),
                    *rc::gen::element(0u, 1u, 0x400u, 0x80000000u, 0xffffffffu),
                    *rc::gen::inRange<std::uint64_t>(0, 40));
  });
}

}  // namespace

TEST_CASE("what was added is found with its fingerprint, before and after it is set apart, and nothing else is") {
  TestStore store(std::make_shared<MemoryDisk>());
  check_property([&] {
    IdentityIndex index(*store.store);
    std::map<Digest, std::uint32_t> model;
    const auto add = [&](const std::vector<Digest>& identities) {
      for (const Digest& d : identities) {
        const auto fingerprint = static_cast<std::uint32_t>(model.size());
        if (model.emplace(d, fingerprint).second) index.add({d, fingerprint, 0xffffffffu});
      }
    };
    const auto many = rc::gen::resize(900, rc::gen::container<std::vector<Digest>>(any_identity()));
    add(*many);
    index.freeze();
    add(*many);
    std::vector<Digest> asked = *many;
    for (const auto& [digest, fingerprint] : model) asked.push_back(digest);
    const IdentityIndex::Found found = index.find(asked, kStart);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto known = model.find(asked[i]);
      RC_ASSERT(found.accepted[i].has_value() == (known != model.end()));
      if (found.accepted[i]) RC_ASSERT(*found.accepted[i] == known->second);
    }
  });
}

}  // namespace tidemark::test
