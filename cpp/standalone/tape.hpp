// A tape: the calls that build a network, as `engine/tape.py` has written them.
#pragma once

#include <cstdint>
#include <istream>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace annarchy_ml::standalone {

class value;
using list = std::vector<value>;

// An argument of a call. Asked for as what it is not, it raises engine_error(file).
class value {
 public:
  using content =
      std::variant<std::monostate, bool, std::int64_t, double, std::string, list,
                   std::vector<std::int32_t>, std::vector<std::int64_t>, std::vector<double>>;

  value() = default;
  explicit value(content given) : content_(std::move(given)) {}

  [[nodiscard]] bool none() const noexcept {
    return std::holds_alternative<std::monostate>(content_);
  }
  [[nodiscard]] bool is_list() const noexcept { return std::holds_alternative<list>(content_); }
  [[nodiscard]] bool flag() const;
  [[nodiscard]] std::int64_t whole() const;
  [[nodiscard]] int number() const { return static_cast<int>(whole()); }
  [[nodiscard]] double real() const;
  [[nodiscard]] const std::string &text() const;
  [[nodiscard]] const list &items() const;
  [[nodiscard]] const value &at(std::size_t position) const;
  // Arrays: a list of numbers counts as one.
  [[nodiscard]] std::vector<std::int32_t> whole32() const;
  [[nodiscard]] std::vector<std::int64_t> whole64() const;
  [[nodiscard]] std::vector<double> reals() const;

 private:
  content content_;
};

// The name of a call, and its arguments.
struct call {
  std::string name;
  list arguments;

  [[nodiscard]] const value &at(std::size_t position) const;
};

class tape_reader {
 public:
  // Raises engine_error(file) where this is no tape of this version.
  tape_reader(std::istream &from, std::string name);

  // False: there are no more calls.
  bool next(call &found);

 private:
  template <class Number>
  Number read();
  template <class Number>
  std::vector<Number> read_array();
  std::string read_text();
  value read_value();
  list read_list();

  std::istream &from_;
  std::string name_;
};

}  // namespace annarchy_ml::standalone
