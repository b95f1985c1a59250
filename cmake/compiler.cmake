# Compiler settings shared by every target: warnings, sanitizers, and the one workaround that clang 14 needs.
find_program(KTL_CCACHE ccache)
if(KTL_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${KTL_CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wconversion
                    -Wno-sign-conversion -fno-omit-frame-pointer)
if(KTL_WERROR)
  add_compile_options(-Werror)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-restrict)  # g++ 12 warns falsely about std::string's operator+ (GCC bug 105651)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # clang 14 implements C++20 coroutines but does not announce them the way libstdc++ 12 asks for.
  add_compile_definitions(__cpp_impl_coroutine=201902L)
  add_compile_options(-Wthread-safety)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
  string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
endif()

if(KTL_SANITIZE)
  add_compile_options(-fsanitize=${KTL_SANITIZE} -fno-sanitize-recover=all -g1)
  add_link_options(-fsanitize=${KTL_SANITIZE})
  if(KTL_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
  endif()
endif()
