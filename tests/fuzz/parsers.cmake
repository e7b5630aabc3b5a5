# The parsers alone, so that libFuzzer's programs are made in a minute and not with all of kernelyard-core.
add_library(kernelyard-parsers STATIC
    ${CMAKE_SOURCE_DIR}/core/log/linekind.cpp ${CMAKE_SOURCE_DIR}/core/log/linescan.cpp
    ${CMAKE_SOURCE_DIR}/core/log/terminalline.cpp
    ${CMAKE_SOURCE_DIR}/core/engine/outputparser.cpp ${CMAKE_SOURCE_DIR}/core/engine/plainparser.cpp
    ${CMAKE_SOURCE_DIR}/core/engine/rawjsonparser.cpp ${CMAKE_SOURCE_DIR}/core/engine/steptextparser.cpp
    ${CMAKE_SOURCE_DIR}/core/diagnosis/diagnosis.cpp ${CMAKE_SOURCE_DIR}/core/diagnosis/literalscanner.cpp
    ${CMAKE_SOURCE_DIR}/core/diagnosis/plainline.cpp ${CMAKE_SOURCE_DIR}/core/diagnosis/rulebook.cpp
    ${CMAKE_SOURCE_DIR}/core/build/buildclock.cpp ${CMAKE_SOURCE_DIR}/core/build/buildstate.cpp
    ${CMAKE_SOURCE_DIR}/core/build/crc32c.cpp ${CMAKE_SOURCE_DIR}/core/build/estimate.cpp
    ${CMAKE_SOURCE_DIR}/core/build/failuresentence.cpp ${CMAKE_SOURCE_DIR}/core/build/journalreader.cpp
    ${CMAKE_SOURCE_DIR}/core/build/loglines.cpp ${CMAKE_SOURCE_DIR}/core/build/stepwork.cpp)
target_link_libraries(kernelyard-parsers
    PUBLIC Qt6::Core spdlog::spdlog PRIVATE kernelyard-settings Qt6::Network yaml-cpp)
set_target_properties(kernelyard-parsers PROPERTIES AUTOMOC OFF AUTORCC OFF)
