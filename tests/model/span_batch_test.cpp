#include "model/span_batch.hpp"

#include <map>

#include "support/property.hpp"

using namespace tidemark;

TEST_CASE("texts are numbered in the order of their first appearance") {
  TextDictionary texts;
  CHECK(texts.intern("b") == 0);
  CHECK(texts.intern("a") == 1);
  CHECK(texts.intern("b") == 0);
  CHECK(texts.intern("") == 2);
  CHECK(texts.intern("") == 2);
  CHECK(texts.size() == 3);
  CHECK(texts[1] == "a");
  CHECK(texts[2].empty());
  // An absent text is told from an empty one by its pointer.
  CHECK(texts[2].data() != nullptr);
}

TEST_CASE("a dictionary gives every text one number, whatever bytes it is made of") {
  test::check_property([] {
    TextDictionary texts;
    std::map<std::string, std::int64_t> ids;
    const auto all = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::element('\0', 'a', 'b', '\xff')));
    for (const std::string& text : all) {
      const auto [known, is_new] = ids.emplace(text, static_cast<std::int64_t>(ids.size()));
      RC_ASSERT(texts.intern(text) == known->second);
    }
    RC_ASSERT(texts.size() == ids.size());
    for (const auto& [text, id] : ids) RC_ASSERT(texts[id] == text);
  });
}

TEST_CASE("many texts at a time get the numbers that they get one by one") {
  test::check_property([] {
    const auto rounds = *rc::gen::container<std::vector<std::vector<std::string>>>(
        rc::gen::scale(3.0, rc::gen::container<std::vector<std::string>>(
                                rc::gen::container<std::string>(rc::gen::element('a', 'b', 'c')))));
    TextDictionary together;
    TextDictionary apart;
    std::vector<std::int64_t> ids;
    for (const auto& round : rounds) {
      together.intern_all(std::vector<std::string_view>(round.begin(), round.end()), ids);
      RC_ASSERT(ids.size() == round.size());
      for (std::size_t i = 0; i < round.size(); ++i) RC_ASSERT(ids[i] == apart.intern(round[i]));
    }
    RC_ASSERT(together.texts() == apart.texts());
  });
}

TEST_CASE("views stay valid while the dictionary grows and when it is moved") {
  TextDictionary texts;
  const std::string large(1'000'000, 'x');
  std::vector<std::string_view> views;
  for (int i = 0; i < 100'000; ++i) views.push_back(texts[texts.intern("text number " + std::to_string(i))]);
  views.push_back(texts[texts.intern(large)]);
  const TextDictionary moved = std::move(texts);
  for (int i = 0; i < 100'000; ++i) REQUIRE(views[static_cast<std::size_t>(i)] == "text number " + std::to_string(i));
  CHECK(views.back() == large);
  CHECK(moved[100'000].data() == views.back().data());
}

TEST_CASE("a dictionary that was moved from can be filled again") {
  TextDictionary texts;
  texts.intern("first");
  const TextDictionary moved = std::move(texts);
  texts = TextDictionary();
  CHECK(texts.intern("second") == 0);
  CHECK(moved[0] == "first");
  CHECK(moved.size() == 1);
}

TEST_CASE("texts of every length up to a few words are told apart by their last byte") {
  TextDictionary texts;
  for (std::size_t size = 0; size < 100; ++size) {
    texts.intern(std::string(size, 'x') + "a");
    texts.intern(std::string(size, 'x') + "b");
    texts.intern("c" + std::string(size, 'x'));
  }
  CHECK(texts.size() == 300);
}
