# kernelyard_test(NAME source.cpp... [LIBS lib...] [LABELS label...] [TIMEOUT seconds])
# One Qt Test program, registered with CTest. It runs offscreen and in its own XDG folders, so that no test touches
# the user's state; KERNELYARD_TEST_DATA and KERNELYARD_SOURCE_DIR are compiled in.
function(kernelyard_test name)
    cmake_parse_arguments(arg "" "TIMEOUT" "LIBS;LABELS" ${ARGN})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
        if("system" IN_LIST arg_LABELS)
            set(arg_TIMEOUT 900)
        endif()
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
        TIMEOUT ${arg_TIMEOUT}
        LABELS "${arg_LABELS}"
        ENVIRONMENT "QT_QPA_PLATFORM=offscreen;LC_ALL=C.UTF-8;XDG_STATE_HOME=${home}/state;XDG_DATA_HOME=${home}/data;XDG_CACHE_HOME=${home}/cache;XDG_CONFIG_HOME=${home}/config")
    # Real engines take both cores and the disk, and their times are asserted: one at a time, beside nothing else.
    if("system" IN_LIST arg_LABELS)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)
    endif()
endfunction()
