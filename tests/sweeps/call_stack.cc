#include "call_stack.h"

#include <link.h>
#include <pthread.h>
#include <unwind.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>
#include <typeinfo>

namespace sluice::sweeps {
namespace {

struct AddressRange {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  bool holds(std::uintptr_t address) const noexcept { return address - begin < end - begin; }
};

/// Where the code of the program and of RocksDB is.
struct CodeRanges {
  AddressRange program;
  AddressRange store_engine;
  std::uintptr_t program_base = 0;
};

int add_object(dl_phdr_info* object, std::size_t, void* out) {
  auto& ranges = *static_cast<CodeRanges*>(out);
  const bool is_program = object->dlpi_name[0] == '\0';
  const bool is_engine = std::string_view(object->dlpi_name).find("librocksdb") != std::string_view::npos;
  if (is_program && ranges.program.end == 0) ranges.program_base = object->dlpi_addr;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    const AddressRange range{object->dlpi_addr + segment.p_vaddr,
                             object->dlpi_addr + segment.p_vaddr + segment.p_memsz};
    if (is_program && ranges.program.end == 0) ranges.program = range;
    if (is_engine) ranges.store_engine = range;
  }
  return 0;
}

const CodeRanges& code_ranges() {
  static const CodeRanges ranges = [] {
    CodeRanges found;
    ::dl_iterate_phdr(add_object, &found);
    return found;
  }();
  return ranges;
}

// ---- The language-specific data of a frame: Itanium C++ ABI, exception handling tables (LSDA) ----

/// Reads the tables' number formats (DWARF exception header encodings).
class TableReader {
 public:
  explicit TableReader(const std::uint8_t* at) noexcept : at_(at) {}
  const std::uint8_t* at() const noexcept { return at_; }

  std::uint8_t byte() noexcept { return *at_++; }
  std::uint64_t uleb128() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t part = byte();
      value |= std::uint64_t{part & 0x7fu} << shift;
      if ((part & 0x80) == 0) return value;
    }
  }
  std::int64_t sleb128() noexcept {
    std::uint64_t value = 0;
    unsigned shift = 0;
    std::uint8_t part = 0;
    do {
      part = byte();
      value |= std::uint64_t{part & 0x7fu} << shift;
      shift += 7;
    } while ((part & 0x80) != 0);
    if (shift < 64 && (part & 0x40) != 0) value |= ~std::uint64_t{0} << shift;
    return static_cast<std::int64_t>(value);
  }
  std::uintptr_t encoded(std::uint8_t encoding) noexcept {
    constexpr std::uint8_t kFormat = 0x0f, kRelation = 0x70, kIndirect = 0x80;
    const auto place = reinterpret_cast<std::uintptr_t>(at_);
    std::uintptr_t value = 0;
    switch (encoding & kFormat) {
      case 0x01:
        value = uleb128();
        break;
      case 0x02:
        value = fixed<std::uint16_t>();
        break;
      case 0x03:
        value = fixed<std::uint32_t>();
        break;
      case 0x09:
        value = static_cast<std::uintptr_t>(sleb128());
        break;
      case 0x0a:
        value = static_cast<std::uintptr_t>(std::int64_t{fixed<std::int16_t>()});
        break;
      case 0x0b:
        value = static_cast<std::uintptr_t>(std::int64_t{fixed<std::int32_t>()});
        break;
      default:
        value = fixed<std::uintptr_t>();
        break;
    }
    if (value == 0) return 0;
    if ((encoding & kRelation) == 0x10) value += place;
    if ((encoding & kIndirect) != 0) value = *reinterpret_cast<const std::uintptr_t*>(value);
    return value;
  }
  static std::size_t size_of(std::uint8_t encoding) noexcept {
    switch (encoding & 0x07) {
      case 0x02:
        return 2;
      case 0x03:
        return 4;
      default:
        return 8;
    }
  }

 private:
  template <class Number>
  Number fixed() noexcept {
    Number value;
    std::memcpy(&value, at_, sizeof(value));
    at_ += sizeof(value);
    return value;
  }

  const std::uint8_t* at_;
};

constexpr std::uint8_t kOmitted = 0xff;

enum class FrameAnswer : std::uint8_t { kPasses, kCatches, kTerminates };

bool catches_bad_alloc(const std::type_info* caught) {
  if (caught == nullptr) return true;  // catch (...)
  static std::bad_alloc sample;
  void* object = &sample;
  return caught->__do_catch(&typeid(std::bad_alloc), &object, 1);
}

/// What a function with the tables at `lsda` does with std::bad_alloc thrown at `address`.
FrameAnswer answer_of(const std::uint8_t* lsda, std::uintptr_t region_start, std::uintptr_t address) {
  TableReader header(lsda);
  if (const std::uint8_t encoding = header.byte(); encoding != kOmitted) header.encoded(encoding);
  const std::uint8_t type_encoding = header.byte();
  const std::uint8_t* types = nullptr;
  if (type_encoding != kOmitted) {
    const std::uint64_t offset = header.uleb128();
    types = header.at() + offset;
  }
  const std::uint8_t site_encoding = header.byte();
  const std::uint64_t sites_bytes = header.uleb128();
  const std::uint8_t* const actions = header.at() + sites_bytes;
  TableReader sites(header.at());
  while (sites.at() < actions) {
    const std::uintptr_t start = region_start + sites.encoded(site_encoding);
    const std::uintptr_t length = sites.encoded(site_encoding);
    const std::uintptr_t landing_pad = sites.encoded(site_encoding);
    const std::uint64_t action = sites.uleb128();
    if (address < start) break;
    if (address >= start + length) continue;
    if (landing_pad == 0 || action == 0) return FrameAnswer::kPasses;
    const std::uint8_t* record = actions + action - 1;
    for (;;) {
      TableReader reader(record);
      const std::int64_t filter = reader.sleb128();
      const std::uint8_t* const next_place = reader.at();
      const std::int64_t next = reader.sleb128();
      if (filter > 0) {
        TableReader type(types - static_cast<std::size_t>(filter) * TableReader::size_of(type_encoding));
        if (catches_bad_alloc(reinterpret_cast<const std::type_info*>(type.encoded(type_encoding)))) {
          return FrameAnswer::kCatches;
        }
      }
      if (next == 0) return FrameAnswer::kPasses;
      record = next_place + next;
    }
  }
  // A call that no entry covers must not throw: the unwinder calls std::terminate().
  return FrameAnswer::kTerminates;
}

struct Walk {
  CallStack stack;
  std::uintptr_t begin = 0;
  bool has_begun = false;
  bool decided = false;
};

_Unwind_Reason_Code visit(_Unwind_Context* context, void* out) {
  Walk& walk = *static_cast<Walk*>(out);
  int is_before = 0;
  std::uintptr_t address = _Unwind_GetIPInfo(context, &is_before);
  if (address == 0) return _URC_NO_REASON;
  walk.has_begun |= address == walk.begin;
  if (!walk.has_begun) return _URC_NO_REASON;
  if (is_before == 0) --address;
  walk.stack.frames.push_back(address);
  if (code_ranges().store_engine.holds(address)) walk.stack.is_in_store_engine = true;
  if (walk.decided) return _URC_NO_REASON;
  const auto* const lsda = static_cast<const std::uint8_t*>(_Unwind_GetLanguageSpecificData(context));
  if (lsda == nullptr) return _URC_NO_REASON;
  const FrameAnswer answer = answer_of(lsda, _Unwind_GetRegionStart(context), address);
  if (answer == FrameAnswer::kPasses) return _URC_NO_REASON;
  walk.decided = true;
  if (answer == FrameAnswer::kTerminates) {
    walk.stack.ends_process = true;
    walk.stack.noexcept_function = _Unwind_GetRegionStart(context);
  }
  return _URC_NO_REASON;
}

/// The end of the calling thread's stack.
std::uintptr_t stack_end() noexcept {
  thread_local const std::uintptr_t end = [] {
    pthread_attr_t attributes;
    if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return std::uintptr_t{0};
    void* base = nullptr;
    std::size_t size = 0;
    ::pthread_attr_getstack(&attributes, &base, &size);
    ::pthread_attr_destroy(&attributes);
    return reinterpret_cast<std::uintptr_t>(base) + size;
  }();
  return end;
}

/// Whether a call instruction ends at `address`, which is within code.
bool is_after_call([[maybe_unused]] std::uintptr_t address) noexcept {
#if defined(__x86_64__)
  const auto* const code = reinterpret_cast<const std::uint8_t*>(address);
  constexpr std::uint8_t kCall = 0xe8, kIndirect = 0xff;
  return code[-5] == kCall || code[-2] == kIndirect || code[-3] == kIndirect || code[-6] == kIndirect ||
         code[-7] == kIndirect;
#else
  return true;
#endif
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) noexcept {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ (hash >> 29);
}

}  // namespace

CallStack read_call_stack(const void* begin) {
  Walk walk;
  walk.begin = reinterpret_cast<std::uintptr_t>(begin);
  _Unwind_Backtrace(visit, &walk);
  if (!walk.decided) walk.stack.ends_process = true;
  return std::move(walk.stack);
}

std::uint64_t guess_call_stack_key() noexcept {
  constexpr std::size_t kBytes = 4096;
  constexpr std::size_t kLongestCall = 7;
  const CodeRanges& ranges = code_ranges();
  const auto begin = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const std::uintptr_t end = std::min(begin + kBytes, stack_end());
  std::uint64_t key = stack_end() - begin;
  for (std::uintptr_t at = begin; at + sizeof(std::uintptr_t) <= end; at += sizeof(std::uintptr_t)) {
    const std::uintptr_t word = *reinterpret_cast<const std::uintptr_t*>(at);
    const bool is_code = ranges.program.holds(word - kLongestCall) || ranges.store_engine.holds(word - kLongestCall);
    if (is_code && is_after_call(word)) key = mix(key, word);
  }
  return key;
}

std::string describe(const CallStack& stack) {
  std::string command = "addr2line -Cfipe PROGRAM";
  char text[24];
  for (const std::uintptr_t frame : stack.frames) {
    if (!code_ranges().program.holds(frame)) continue;
    std::snprintf(text, sizeof(text), " 0x%zx", static_cast<std::size_t>(frame - code_ranges().program_base));
    command += text;
  }
  return command;
}

}  // namespace sluice::sweeps
