#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace tidemark {

/// Where a store is: by it a store that was copied or restored knows that it is another one now. A file of its own in
/// the store's folder, told by its inode and birth, and the machine's id. Moving the folder on its filesystem keeps all
/// of it. Why these: docs/decisions/what-tells-a-copy.md.
struct Place {
  std::string machine;  ///< Empty: not known.
  std::uint64_t inode = 0;
  std::int64_t born_ns = 0;  ///< 0: the filesystem does not tell.
  std::uint64_t device = 0;  ///< 0 where `born_ns` is known: numbers of devices change when a machine starts.

  /// A machine that is not known on either side tells nothing.
  bool is_same(const Place& other) const;
};

/// Nothing when the store's folder has no such file: it was made by copying the records alone.
std::optional<Place> find_place(const std::string& store_path, const std::string& machine_id_file);

/// Makes the file anew and says where it is. Durable when it returns.
/// Errors: StoreError.
Place make_place(const std::string& store_path, const std::string& machine_id_file);

}  // namespace tidemark
