# Warnings are errors.
add_compile_options(-Wall -Wextra -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  add_compile_options(-Wzero-as-null-pointer-constant)  # Clang 14 sees one in every defaulted <=>.
endif()
# A designated initialiser may leave members to their defaults: that is what it is for.
add_compile_options(-Wno-missing-field-initializers)
# The same object for every clone: ccache hits at another path, and no build path stands in the binary.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)

find_program(CCACHE ccache)
if(CCACHE)
  # Compilations are keyed by what they read, not by where the clone lies.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()
