# The web page: built once for all presets into build/web, by npm and Vite, and embedded by src/dashboard as
# ${KTL_WEB_ASSETS}. cmake/build_web.cmake does it; without Node.js it writes a file that holds no page.
set(KTL_WEB_OUT ${CMAKE_SOURCE_DIR}/build/web)
set(KTL_WEB_ASSETS ${KTL_WEB_OUT}/assets.cc)

# Built without the page before, and Node.js is here now: try again.
find_program(KTL_NPM npm)
if(KTL_NPM AND EXISTS ${KTL_WEB_OUT}/missing)
  file(REMOVE ${KTL_WEB_ASSETS} ${KTL_WEB_OUT}/missing)
endif()

file(GLOB_RECURSE KTL_WEB_INPUTS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/* ${CMAKE_SOURCE_DIR}/web/public/*)
foreach(file index.html package.json package-lock.json vite.config.ts tsconfig.json embed.mjs)
  list(APPEND KTL_WEB_INPUTS ${CMAKE_SOURCE_DIR}/web/${file})
endforeach()
add_custom_command(
  OUTPUT ${KTL_WEB_ASSETS}
  COMMAND ${CMAKE_COMMAND} -DWEB=${CMAKE_SOURCE_DIR}/web -DOUT=${KTL_WEB_OUT} -P ${CMAKE_SOURCE_DIR}/cmake/build_web.cmake
  DEPENDS ${KTL_WEB_INPUTS} ${CMAKE_SOURCE_DIR}/cmake/build_web.cmake
  COMMENT "web page (npm, Vite)"
  VERBATIM)
