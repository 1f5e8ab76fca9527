// Every vector of the kit against a server: QUOTARY_TARGET and QUOTARY_KIT, as check.sh sets them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <quotary/client.hpp>
#include <quotary/conformance.hpp>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const char* kit = std::getenv("QUOTARY_KIT");
  try {
    quotary::conformance::register_vectors(kit == nullptr ? "dist/kit" : kit, quotary::connect());
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
  return RUN_ALL_TESTS();
}
