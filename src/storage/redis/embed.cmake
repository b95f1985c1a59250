# Writes OUTPUT, a C++ file that holds the library of Redis functions: the Lua files of PARTS (comma-separated, in that
# order) one after the other, as the server gets them.
string(REPLACE "," ";" PARTS "${PARTS}")
set(source "")
foreach(part IN LISTS PARTS)
  file(READ "${part}" text)
  string(APPEND source "${text}")
endforeach()
# Compilers bound the length of one string literal: pieces, which the compiler joins.
set(literals "")
string(LENGTH "${source}" length)
set(from 0)
while(from LESS length)
  string(SUBSTRING "${source}" ${from} 8000 piece)
  string(APPEND literals "    R\"ktl_lua(${piece})ktl_lua\"\n")
  math(EXPR from "${from} + 8000")
endwhile()
file(WRITE "${OUTPUT}" "#include \"storage/redis/functions.h\"

namespace ktl::storage::redis {

std::string_view functions_source() {
  return
${literals}      ;
}

}  // namespace ktl::storage::redis
")
