#include <unistd.h>

#include <catch2/catch.hpp>

#include "sink/postgres_place.hpp"
#include "sink/sqlite_place.hpp"
#include "support/read_models_conformance.hpp"

namespace tidemark::conformance {
namespace {

/// Of a sink; what is handed out keeps the sink that it belongs to.
class SinkReadModelsPlace final : public ReadModelsPlace {
 public:
  explicit SinkReadModelsPlace(Place& place) : place_(place) {
    place_.open(std::make_shared<const Schema>(), 1)->prepare();
  }
  std::shared_ptr<ReadModels> open() override {
    const std::shared_ptr<Sink> sink = place_.open(std::make_shared<const Schema>(), 1);
    return {sink, &sink->read_models()};
  }

 private:
  Place& place_;
};

}  // namespace

TEST_CASE("SQLite keeps read models as every place must") {
  for (const ReadModelsCase& c : read_models_cases()) {
    SECTION(c.name) {
      SqlitePlace place;
      SinkReadModelsPlace models(place);
      c.run(models);
    }
  }
}

TEST_CASE("PostgreSQL keeps read models as every place must", "[pg]") {
  if (!postgres_is_there()) return;
  for (const ReadModelsCase& c : read_models_cases()) {
    SECTION(c.name) {
      PostgresPlace place;
      SinkReadModelsPlace models(place);
      c.run(models);
    }
  }
}

}  // namespace tidemark::conformance
