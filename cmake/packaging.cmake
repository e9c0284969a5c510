# What `cmake --install` and CPack ship: the product, no tests, no benches, no headers.
#
#   component   holds                                                              goes into
#   inlet       the program, docs, licences, libraries that no Debian package has  all
#   portable    libraries that a bare Debian 12 lacks, with their licences         the tarball
#   debian      systemd units, example configuration, Debian's own papers          the .deb
#
# The program finds its libraries by a DT_RPATH, which counts for the libraries' own needs too. So
# each file in lib/inlet/ is byte for byte what was built elsewhere.
set_target_properties(inlet PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/inlet")
target_link_options(inlet PRIVATE -Wl,--disable-new-dtags -Wl,--as-needed)

set(doc share/doc/inlet)
# Header-only and inlined code of others stands in the program itself.
set(compiled_in libcli11-dev nlohmann-json3-dev libexpected-dev libspdlog-dev libfmt-dev
    prometheus-cpp-dev libcpp-httplib-dev libcctz-dev libxxhash-dev)

install(TARGETS inlet RUNTIME DESTINATION bin COMPONENT inlet)
install(FILES LICENSE CHANGELOG.md DESTINATION ${doc} COMPONENT inlet)
install(DIRECTORY docs DESTINATION ${doc} COMPONENT inlet)
foreach(package IN LISTS compiled_in)
  install(FILES /usr/share/doc/${package}/copyright DESTINATION ${doc}/licenses
          RENAME ${package}.txt COMPONENT inlet)
endforeach()

# inlet_install_libraries(COMPONENT ORIGIN): ORIGIN is `foreign` or `debian`, see the script.
function(inlet_install_libraries component origin)
  install(CODE "
    set(program \"$<TARGET_FILE:inlet>\")
    set(origin ${origin})
    set(arrow_licenses \"${INLET_ARROW_LICENSES}\")
    include(\"${CMAKE_SOURCE_DIR}/cmake/install_libraries.cmake\")"
    COMPONENT ${component} ${ARGN})
endfunction()
inlet_install_libraries(inlet foreign)
inlet_install_libraries(portable debian EXCLUDE_FROM_ALL)

install(FILES packaging/inlet.toml DESTINATION ${doc}/examples COMPONENT portable EXCLUDE_FROM_ALL)
install(DIRECTORY packaging/systemd DESTINATION ${doc}/examples COMPONENT portable EXCLUDE_FROM_ALL)

install(DIRECTORY packaging/systemd/ DESTINATION lib/systemd/system COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES packaging/inlet.toml DESTINATION /etc/inlet COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES packaging/debian/copyright DESTINATION ${doc} COMPONENT debian EXCLUDE_FROM_ALL)

set(CPACK_PACKAGE_NAME inlet)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The Inlet maintainers <maintainers@inlet.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "moves MongoDB data into a data lake, exactly once")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Copies collections and follows every change into files on \
local disk or in an object store, restarts from checkpoints, and proves by manifests and against \
the database that nothing is missing or doubled.")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_FILE_NAME inlet-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_SOURCE_DIR}/cmake/package_contents.cmake)
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${INLET_ARROW_ROOT})
set(CPACK_DEBIAN_PACKAGE_DEPENDS passwd)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libsasl2-modules, libsasl2-modules-gssapi-mit")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles
    ${CMAKE_SOURCE_DIR}/packaging/debian/postinst
    ${CMAKE_SOURCE_DIR}/packaging/debian/prerm
    ${CMAKE_SOURCE_DIR}/packaging/debian/postrm)
include(CPack)
