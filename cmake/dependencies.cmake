# Third-party libraries, all Debian 12 packages (scripts/install_deps.sh installs them).
# A module names the ones it may see; see cmake/layers.txt.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(GTest REQUIRED)
find_package(fmt REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
# The gateway's allocator. Sanitizers bring their own.
if(NOT KTL_SANITIZE)
  find_package(mimalloc 2.0 REQUIRED)
endif()
