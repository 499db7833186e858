// Reads tapes: numbers as they lie in memory, texts and lists with their length before them.
#include "tape.hpp"

#include <algorithm>

#include "error.hpp"

namespace annarchy_ml::standalone {

namespace {

constexpr char mark[] = "AMLTAPE1";
constexpr std::uint64_t most_items = std::uint64_t{1} << 40;

[[noreturn]] void wrong(const std::string &what) {
  throw engine_error(error_code::file, "tape", what);
}

template <class Wanted, class Content>
const Wanted &as(const Content &content, const char *what) {
  const Wanted *found = std::get_if<Wanted>(&content);
  if (found == nullptr) wrong(std::string("an argument is not ") + what);
  return *found;
}

template <class Number>
std::vector<Number> array_of(const value &given, const value::content &content) {
  const auto converted = [](const auto &numbers) {
    std::vector<Number> made(numbers.size());
    std::transform(numbers.begin(), numbers.end(), made.begin(),
                   [](auto number) { return static_cast<Number>(number); });
    return made;
  };
  if (const auto *found = std::get_if<std::vector<std::int32_t>>(&content))
    return converted(*found);
  if (const auto *found = std::get_if<std::vector<std::int64_t>>(&content))
    return converted(*found);
  if (const auto *found = std::get_if<std::vector<double>>(&content)) return converted(*found);
  std::vector<Number> made;
  for (const value &item : given.items()) made.push_back(static_cast<Number>(item.real()));
  return made;
}

}  // namespace

bool value::flag() const { return as<bool>(content_, "true or false"); }

std::int64_t value::whole() const { return as<std::int64_t>(content_, "a whole number"); }

double value::real() const {
  if (const auto *found = std::get_if<std::int64_t>(&content_)) return static_cast<double>(*found);
  return as<double>(content_, "a number");
}

const std::string &value::text() const { return as<std::string>(content_, "a text"); }

const list &value::items() const { return as<list>(content_, "a list"); }

const value &value::at(std::size_t position) const {
  const list &all = items();
  if (position >= all.size()) wrong("a list is too short");
  return all[position];
}

std::vector<std::int32_t> value::whole32() const { return array_of<std::int32_t>(*this, content_); }

std::vector<std::int64_t> value::whole64() const { return array_of<std::int64_t>(*this, content_); }

std::vector<double> value::reals() const { return array_of<double>(*this, content_); }

const value &call::at(std::size_t position) const {
  if (position >= arguments.size()) wrong("'" + name + "' lacks arguments");
  return arguments[position];
}

tape_reader::tape_reader(std::istream &from, std::string name)
    : from_(from), name_(std::move(name)) {
  char found[sizeof(mark) - 1] = {};
  from_.read(found, sizeof(found));
  if (!from_ || !std::equal(found, found + sizeof(found), mark)) {
    throw engine_error(error_code::file, name_, "this is no tape of this version");
  }
}

bool tape_reader::next(call &found) {
  if (from_.peek() == std::istream::traits_type::eof()) return false;
  found.name = read_text();
  found.arguments = read_list();
  return true;
}

template <class Number>
Number tape_reader::read() {
  Number found{};
  from_.read(reinterpret_cast<char *>(&found), sizeof(found));
  if (!from_) throw engine_error(error_code::file, name_, "the tape ends too early");
  return found;
}

template <class Number>
std::vector<Number> tape_reader::read_array() {
  const auto count = read<std::uint64_t>();
  if (count > most_items) wrong("an array is too long");
  std::vector<Number> found(count);
  const auto bytes = static_cast<std::streamsize>(count * sizeof(Number));
  from_.read(reinterpret_cast<char *>(found.data()), bytes);
  if (!from_) throw engine_error(error_code::file, name_, "the tape ends too early");
  return found;
}

std::string tape_reader::read_text() {
  const std::vector<char> found = read_array<char>();
  return {found.begin(), found.end()};
}

list tape_reader::read_list() {
  const auto count = read<std::uint64_t>();
  if (count > most_items) wrong("a list is too long");
  list found;
  for (std::uint64_t i = 0; i < count; ++i) found.push_back(read_value());
  return found;
}

value tape_reader::read_value() {
  switch (const char kind = read<char>()) {
    case 'N':
      return {};
    case 'b':
      return value(read<char>() != 0);
    case 'i':
      return value(read<std::int64_t>());
    case 'd':
      return value(read<double>());
    case 's':
      return value(read_text());
    case 'l':
      return value(read_list());
    case 'I':
      return value(read_array<std::int32_t>());
    case 'L':
      return value(read_array<std::int64_t>());
    case 'D':
      return value(read_array<double>());
    default:
      wrong(std::string("a value of the unknown kind '") + kind + "'");
  }
}

}  // namespace annarchy_ml::standalone
