#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <tidemark/engine.hpp>

#include "rollup/recompute.hpp"
#include "rollup/retention.hpp"
#include "rollup/writer.hpp"
#include "store/sink_registry.hpp"
#include "store/store.hpp"
#include "store/store_read_models.hpp"

namespace tidemark {

/// A store and all who work on it, for one epoch.
struct EngineParts {
  EngineParts(std::unique_ptr<Store> opened, const EngineOptions& options)
      : store(std::move(opened)),
        sinks(store->kv()),
        writer(*store, sinks, writer_options(options)),
        recompute(*store, writer, sinks, {options.chunk_spans, options.recompute_threads}),
        retention(*store, writer, recompute, sinks),
        read_models(store->shared_kv()) {}

  static WriterOptions writer_options(const EngineOptions& options) {
    WriterOptions of_writer;
    of_writer.checkpoint_spans = options.checkpoint_spans;
    of_writer.read_only = options.read_only;
    of_writer.helper = options.ingest_helper;
    return of_writer;
  }

  std::unique_ptr<Store> store;
  SinkRegistry sinks;
  Writer writer;
  Recompute recompute;
  Retention retention;
  StoreReadModels read_models;
  std::mutex background_mutex;  ///< Recompute and retention write the same family.
};

}  // namespace tidemark
