# cmake -DWEB=web -DOUT=build/web -P build_web.cmake: OUT/assets.cc from the sources in WEB.
# Costs nothing when the sources are what they were, whichever preset asks. Without Node.js 18, npm, or the registry
# that npm asks, OUT/assets.cc holds no page, OUT/missing says so, and the next `cmake --preset` tries again.
cmake_policy(SET CMP0057 NEW)
file(MAKE_DIRECTORY ${OUT})
file(LOCK ${OUT}/lock GUARD PROCESS TIMEOUT 600)

file(GLOB_RECURSE inputs ${WEB}/src/* ${WEB}/public/*)
list(SORT inputs)
set(sum "")
foreach(file ${inputs} ${WEB}/index.html ${WEB}/package.json ${WEB}/package-lock.json ${WEB}/vite.config.ts
        ${WEB}/tsconfig.json ${WEB}/embed.mjs)
  file(SHA256 ${file} one)
  file(RELATIVE_PATH name ${WEB} ${file})
  string(APPEND sum "${name} ${one}\n")
endforeach()
string(SHA256 sum "${sum}")

if(EXISTS ${OUT}/assets.cc AND EXISTS ${OUT}/built-from)
  file(READ ${OUT}/built-from built_from)
  if(built_from STREQUAL sum)
    foreach(file ${inputs} ${WEB}/package-lock.json ${CMAKE_CURRENT_LIST_FILE})
      if(${file} IS_NEWER_THAN ${OUT}/assets.cc)
        file(TOUCH ${OUT}/assets.cc)
        break()
      endif()
    endforeach()
    return()
  endif()
endif()

function(go_without reason)
  message("웹 화면 없이 빌드합니다 / building without the web page: ${reason}")
  file(WRITE ${OUT}/assets.cc "#include \"dashboard/assets.h\"\n\nnamespace ktl::dashboard {\n\n"
       "std::span<const Asset> embedded_assets() {\n  return {};\n}\n\n}  // namespace ktl::dashboard\n")
  file(WRITE ${OUT}/missing "${reason}\n")
  file(REMOVE ${OUT}/built-from)
endfunction()

find_program(node node)
find_program(npm npm)
if(NOT node OR NOT npm)
  go_without("Node.js or npm is not installed")
  return()
endif()
execute_process(COMMAND ${node} -p "process.versions.node.split('.')[0]" OUTPUT_VARIABLE major
                OUTPUT_STRIP_TRAILING_WHITESPACE)
if(major LESS 18)
  go_without("Node.js ${major} is older than 18")
  return()
endif()

file(SHA256 ${WEB}/package-lock.json locked)
set(installed "")
if(EXISTS ${WEB}/node_modules/.installed-from)
  file(READ ${WEB}/node_modules/.installed-from installed)
endif()
if(NOT installed STREQUAL locked)
  execute_process(COMMAND ${npm} ci --ignore-scripts --no-audit --no-fund WORKING_DIRECTORY ${WEB} RESULT_VARIABLE failed
                  OUTPUT_FILE ${OUT}/npm.log ERROR_FILE ${OUT}/npm.log)
  if(failed)
    go_without("npm ci failed (${OUT}/npm.log)")
    return()
  endif()
  file(WRITE ${WEB}/node_modules/.installed-from ${locked})
endif()

execute_process(COMMAND ${npm} run --silent build -- --outDir ${OUT}/dist --emptyOutDir WORKING_DIRECTORY ${WEB}
                RESULT_VARIABLE failed OUTPUT_FILE ${OUT}/vite.log ERROR_FILE ${OUT}/vite.log)
if(NOT failed)
  execute_process(COMMAND ${node} ${WEB}/embed.mjs ${OUT}/dist ${OUT}/assets.cc RESULT_VARIABLE failed
                  ERROR_FILE ${OUT}/vite.log)
endif()
if(failed)
  file(READ ${OUT}/vite.log log)
  message(FATAL_ERROR "the web page does not build:\n${log}")
endif()
file(WRITE ${OUT}/built-from ${sum})
file(REMOVE ${OUT}/missing)
