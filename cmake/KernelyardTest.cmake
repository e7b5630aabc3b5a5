# kernelyard_test(NAME source.cpp... [LIBS lib...] [LABELS label...])
# One Qt Test program, registered with CTest. It runs offscreen and in its own XDG folders, so that no test touches
# the user's state; KERNELYARD_TEST_DATA and KERNELYARD_SOURCE_DIR are compiled in.
function(kernelyard_test name)
    cmake_parse_arguments(arg "" "" "LIBS;LABELS" ${ARGN})
    # Seconds after which it hangs, for certain. Qt Test's own limit per function runs on from row to row, so that rows
    # that pass one by one can reach its 5 minutes together: it is as long as CTest's here.
    set(limit 300)
    if("system" IN_LIST arg_LABELS)
        set(limit 1800)
    endif()
    add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE kernelyard-settings kernelyard-core Qt6::Test ${arg_LIBS})
    target_compile_definitions(${name} PRIVATE
        KERNELYARD_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data"
        KERNELYARD_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
        KERNELYARD_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${name} COMMAND ${name})
    set(home ${CMAKE_BINARY_DIR}/test-home/${name})
    file(MAKE_DIRECTORY ${home})
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${limit}
        LABELS "${arg_LABELS}"
        ENVIRONMENT "QTEST_FUNCTION_TIMEOUT=${limit}000;QT_QPA_PLATFORM=offscreen;LC_ALL=C.UTF-8;XDG_STATE_HOME=${home}/state;XDG_DATA_HOME=${home}/data;XDG_CACHE_HOME=${home}/cache;XDG_CONFIG_HOME=${home}/config")
    # Real engines take both cores and the disk, and their times are asserted: one at a time, beside nothing else.
    if("system" IN_LIST arg_LABELS)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)
    endif()
endfunction()
