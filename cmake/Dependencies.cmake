# Every library the project uses, each with its reason in ARCHITECTURE.md.
find_package(Qt6 6.4 REQUIRED COMPONENTS Core Concurrent Network Sql Gui Widgets Svg DBus Test)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(libgit2 REQUIRED IMPORTED_TARGET libgit2>=1.5)
pkg_check_modules(libzstd REQUIRED IMPORTED_TARGET libzstd)

# What was fetched or made once and serves every build folder: sources, a plugin and a base image for tests.
if(DEFINED ENV{XDG_CACHE_HOME})
    set(KERNELYARD_DEPS $ENV{XDG_CACHE_HOME}/kernelyard-deps CACHE PATH "Things fetched once")
else()
    set(KERNELYARD_DEPS $ENV{HOME}/.cache/kernelyard-deps CACHE PATH "Things fetched once")
endif()
include(KArchive)
