# Every library the project uses, each with its reason in ARCHITECTURE.md.
find_package(Qt6 6.4 REQUIRED COMPONENTS Core Concurrent Network Sql Gui Widgets Svg DBus Test)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(libgit2 REQUIRED IMPORTED_TARGET libgit2>=1.5)
include(KArchive)
