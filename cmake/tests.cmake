# Every tests/test_*.c is a program and a test; every tests/check_*.sh is a test run with sh.
# All of them start in the source directory and find SLOTRACE, SOURCE_DIR and BUILD_DIR in the environment.
set(environment
    "SLOTRACE=${CMAKE_BINARY_DIR}/slotrace"
    "SOURCE_DIR=${CMAKE_SOURCE_DIR}"
    "BUILD_DIR=${CMAKE_BINARY_DIR}")

file(GLOB test_sources CONFIGURE_DEPENDS tests/test_*.c)
pkg_check_modules(cmocka IMPORTED_TARGET cmocka)
if(NOT cmocka_FOUND)
    message(STATUS "cmocka is missing: tests/test_*.c are not built") # Using slotrace does not need it.
    set(test_sources "")
endif()
file(GLOB support_sources CONFIGURE_DEPENDS tests/support/*.c)
if(test_sources AND support_sources)
    add_library(test_support STATIC ${support_sources}) # What several tests share.
    target_include_directories(test_support PRIVATE tests)
    target_link_libraries(test_support PUBLIC engine PkgConfig::cmocka)
endif()
foreach(source IN LISTS test_sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_include_directories(${name} PRIVATE tests)
    target_link_libraries(${name} PRIVATE $<TARGET_NAME_IF_EXISTS:test_support> cli PkgConfig::cmocka PkgConfig::glib PkgConfig::sqlite PkgConfig::jansson)
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "${environment}" TIMEOUT 1500 SKIP_RETURN_CODE 77)
endforeach()

# Sets `variable` to what a script says about itself in a line "# key: value".
function(script_says script key default variable)
    file(STRINGS ${script} lines REGEX "^# ${key}: " LIMIT_COUNT 1)
    string(REGEX REPLACE "^# ${key}: " "" value "${lines}")
    if(value STREQUAL "")
        set(value ${default})
    endif()
    set(${variable} "${value}" PARENT_SCOPE)
endfunction()

# "# label: static" in a script: its answer does not depend on how the binary was built, so once is enough.
file(GLOB check_scripts CONFIGURE_DEPENDS tests/check_*.sh)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${check_scripts})
foreach(script IN LISTS check_scripts)
    get_filename_component(name ${script} NAME_WE)
    script_says(${script} label "run" label)
    script_says(${script} timeout_s 1500 timeout_s)
    script_says(${script} processors 1 processors)
    add_test(NAME ${name} COMMAND sh ${script} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES
        ENVIRONMENT "${environment}" SKIP_RETURN_CODE 77
        LABELS ${label} TIMEOUT ${timeout_s} PROCESSORS ${processors})
endforeach()
