# tests/<folder>/*_test.cc become the executable <folder>_test, one ctest entry each; tests/tools/*.cc programs that the end-to-end
# tests call; tests/fuzz/*_fuzz.cc libFuzzer targets in the preset `fuzz`; bench/*.cc programs in bench/.
set(all_modules ${INLET_MODULE_TARGETS})

if(INLET_FUZZ)
  file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/*_fuzz.cc)
  foreach(source IN LISTS fuzz_sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE ${all_modules})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  endforeach()
  return()
endif()

find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)

file(GLOB testing_sources CONFIGURE_DEPENDS tests/testing/*.cc)
add_library(inlet_testing STATIC ${testing_sources})
target_include_directories(inlet_testing PUBLIC tests)
target_link_libraries(inlet_testing PUBLIC ${all_modules} GTest::gtest GTest::gmock)

set(test_environment
  "INLET_MONGOD=${INLET_PARTS}/bin/mongod"
  "INLET_AZURITE=${INLET_PARTS}/node/node_modules/.bin/azurite-blob"
  "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.supp")
file(GLOB test_folders CONFIGURE_DEPENDS tests/*)
foreach(folder IN LISTS test_folders)
  get_filename_component(name ${folder} NAME)
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*_test.cc)
  if(NOT sources)
    continue()
  endif()
  add_executable(${name}_test ${sources})
  target_link_libraries(${name}_test PRIVATE inlet_testing GTest::gtest_main)
  # The conformance suites wait for leases and for a client library's patience: they wait in three places.
  set(shards 1)
  if(name STREQUAL "conformance")
    set(shards 3)
  endif()
  foreach(shard RANGE 1 ${shards})
    set(test ${name})
    if(shards GREATER 1)
      set(test ${name}_${shard})
    endif()
    math(EXPR index "${shard} - 1")
    add_test(NAME ${test} COMMAND ${name}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${test} PROPERTIES TIMEOUT 600 COST ${shards}  # The longest first.
      ENVIRONMENT "${test_environment};GTEST_TOTAL_SHARDS=${shards};GTEST_SHARD_INDEX=${index}")
  endforeach()
endforeach()
find_package(Python3 COMPONENTS Interpreter)
add_test(NAME includes COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/tidy/includes.py)
add_test(NAME reference_pages COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/docs/reference.py $<TARGET_FILE:inlet>)
add_test(NAME requirements_page COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/docs/requirements.py)

# The core must stand without the clients: state the whole list once, link nothing else.
add_executable(core_links tests/core_links.cc)
target_link_libraries(core_links PRIVATE ${INLET_CORE_TARGETS})
add_test(NAME core_links COMMAND core_links)

file(GLOB tool_sources CONFIGURE_DEPENDS tests/tools/*.cc)
foreach(source IN LISTS tool_sources)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE ${all_modules})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
endforeach()

file(GLOB bench_sources CONFIGURE_DEPENDS bench/*.cc)
foreach(source IN LISTS bench_sources)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE ${all_modules} PkgConfig::MONGOC benchmark::benchmark)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
endforeach()
