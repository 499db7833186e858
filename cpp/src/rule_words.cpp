// Words for rules, laws and operations.
#include "rule_words.hpp"

#include <cmath>
#include <map>

#include "error.hpp"

namespace annarchy_ml {

namespace {

const std::map<std::string, pair_rule> pair_rules{
    {"all_to_all", pair_rule::all_to_all},
    {"one_to_one", pair_rule::one_to_one},
    {"fixed_probability", pair_rule::fixed_probability},
    {"fixed_indegree", pair_rule::fixed_indegree},
    {"fixed_outdegree", pair_rule::fixed_outdegree},
    {"fixed_total_number", pair_rule::fixed_total_number},
    {"explicit", pair_rule::explicit_pairs}};

const std::map<std::string, law> laws{{"constant", law::constant},
                                      {"uniform", law::uniform},
                                      {"normal", law::normal},
                                      {"log_normal", law::log_normal},
                                      {"exponential", law::exponential}};

const std::map<std::string, combination> combinations{{"sum", combination::sum},
                                                      {"max", combination::max},
                                                      {"min", combination::min},
                                                      {"mean", combination::mean}};

constexpr const char *no_rule = "there is no rule or law of this name";

template <class Kind>
Kind meaning(const std::map<std::string, Kind> &words, const std::string &word,
             const char *unknown) {
  const auto found = words.find(word);
  require(found != words.end(), word, unknown);
  return found->second;
}

std::int64_t whole_number(double number, const std::string &place) {
  constexpr double most = 0x1p53;
  require(std::floor(number) == number && std::fabs(number) <= most, place,
          "a number of connections must be a whole number");
  return static_cast<std::int64_t>(number);
}

}  // namespace

void set_pairs(connection_rule &rule, const pair_words &given) {
  rule.pairs = meaning(pair_rules, given.rule, no_rule);
  rule.probability = given.number;
  if (rule.pairs != pair_rule::fixed_probability) {
    rule.number = whole_number(given.number, given.rule);
  }
  rule.self_connections = given.self_connections;
  rule.multapses = given.multapses;
}

law law_of(const std::string &name) { return meaning(laws, name, no_rule); }

combination combination_of(const std::string &operation) {
  return meaning(combinations, operation, "there is no operation of this name");
}

}  // namespace annarchy_ml
