# Runs at install time: puts the shared libraries that `program` needs into lib/inlet/ and their
# licences into share/doc/inlet/licenses/. `origin` says which:
#
#   foreign   those from outside the system's folders (Arrow, out of a Python wheel)
#   debian    those of Debian packages, without the few below

# The system's own: the C and C++ runtimes belong to its kernel and compiler, and dpkg needs the two
# compression libraries, so that every Debian has them.
set(runtime "(ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util|gcc_s|stdc[+][+])[.]so.*)")
set(everywhere "lib(z|zstd)[.]so.*")

file(GET_RUNTIME_DEPENDENCIES EXECUTABLES ${program} RESOLVED_DEPENDENCIES_VAR libraries
     PRE_EXCLUDE_REGEXES "^${runtime}$" "^${everywhere}$")

set(licenses ${CMAKE_INSTALL_PREFIX}/share/doc/inlet/licenses)
set(list "")
foreach(library IN LISTS libraries)
  if(library MATCHES "^(/usr)?/lib")
    set(from debian)
  else()
    set(from foreign)
  endif()
  if(NOT from STREQUAL origin)
    continue()
  endif()
  get_filename_component(name ${library} NAME)
  file(REAL_PATH ${library} real)
  file(INSTALL DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/inlet TYPE FILE FILES ${real} RENAME ${name})

  if(origin STREQUAL foreign)
    if(NOT name MATCHES "^lib(arrow|parquet)" OR NOT EXISTS "${arrow_licenses}/LICENSE.txt")
      message(FATAL_ERROR "the licence of ${library} is not known")
    endif()
    foreach(paper LICENSE NOTICE)
      file(INSTALL DESTINATION ${licenses} TYPE FILE FILES ${arrow_licenses}/${paper}.txt
           RENAME arrow-${paper}.txt)
    endforeach()
    continue()
  endif()

  get_filename_component(real_name ${real} NAME)
  execute_process(COMMAND dpkg-query --search "*/${real_name}" OUTPUT_VARIABLE owners
                  COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE ":.*" "" package "${owners}")
  execute_process(COMMAND dpkg-query --show "--showformat=\${Version}" ${package}
                  OUTPUT_VARIABLE version COMMAND_ERROR_IS_FATAL ANY)
  file(INSTALL DESTINATION ${licenses} TYPE FILE FILES /usr/share/doc/${package}/copyright
       RENAME ${package}.txt)
  string(APPEND list "${name}: Debian package ${package} ${version}, licenses/${package}.txt\n")
endforeach()

if(list)
  file(WRITE $ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/share/doc/inlet/LIBRARIES.txt
       "The files in lib/inlet/ are unchanged copies out of these packages:\n\n${list}")
endif()
