# KF6::Archive: the installed KArchive, else one built from the distribution's own source package of a newer release.
# KERNELYARD_KARCHIVE_SOURCE names unpacked upstream sources instead (for builds without a network).
find_package(KF6Archive QUIET)
if(KF6Archive_FOUND)
    message(STATUS "KArchive ${KF6Archive_VERSION} is the system's")
    return()
endif()
if(NOT KERNELYARD_KARCHIVE_SOURCE)
    set(KERNELYARD_KARCHIVE_SOURCE ${KERNELYARD_DEPS}/karchive CACHE PATH "Unpacked KArchive source")
endif()
if(NOT EXISTS ${KERNELYARD_KARCHIVE_SOURCE}/src/karchive.cpp)
    message(STATUS "KArchive for Qt 6 is not packaged here: fetching its source package")
    execute_process(COMMAND ${CMAKE_SOURCE_DIR}/installer/newer-release source kf6-karchive ${KERNELYARD_KARCHIVE_SOURCE}
                    RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "KArchive for Qt 6 is neither installed nor could its source be fetched (see above). Install "
                            "its package (libkf6archive-dev, kf6-karchive-devel or karchive), or unpack its source and "
                            "pass -DKERNELYARD_KARCHIVE_SOURCE=DIR.")
    endif()
endif()
add_subdirectory(${CMAKE_SOURCE_DIR}/cmake/karchive ${CMAKE_BINARY_DIR}/karchive EXCLUDE_FROM_ALL)
