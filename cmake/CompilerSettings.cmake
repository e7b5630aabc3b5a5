# Flags that every target shares: warnings as errors, strict Qt string use, optional sanitizers, ccache where present.
set(KERNELYARD_SANITIZE "" CACHE STRING "Sanitizers for every target, e.g. address,undefined")

add_library(kernelyard-settings INTERFACE)
target_include_directories(kernelyard-settings INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(kernelyard-settings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wundef
    -Werror -fno-omit-frame-pointer)
# GCC 12 to 14 with optimisation take QString's shared empty string for the target of QStringBuilder's copies.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(kernelyard-settings INTERFACE -Wno-stringop-overflow)
endif()
target_compile_definitions(kernelyard-settings INTERFACE
    QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_URL_CAST_FROM_STRING QT_NO_CAST_FROM_BYTEARRAY
    QT_NO_KEYWORDS QT_NO_FOREACH QT_USE_QSTRINGBUILDER QT_STRICT_ITERATORS SPDLOG_COMPILED_LIB)

# libstdc++ offers std::expected only to compilers that claim the final form of concepts; clang 16 to 18 have all it needs.
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
    add_compile_options(-U__cpp_concepts -D__cpp_concepts=202002L -Wno-builtin-macro-redefined -Wno-macro-redefined)
endif()

option(KERNELYARD_FUZZ "libFuzzer programs of tests/fuzz; needs clang" OFF)
if(KERNELYARD_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link -w) # clang's own warnings, about what macros of libraries leave out
endif()

if(KERNELYARD_SANITIZE)
    add_compile_options(-fsanitize=${KERNELYARD_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${KERNELYARD_SANITIZE})
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
