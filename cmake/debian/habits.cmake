# What Debian wants otherwise than `cmake --install` lays it down: the manual and the changes
# compressed and under its names. cpack runs this on the files that it packs.

set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
set(documents ${share}/doc/${CPACK_PACKAGE_NAME})
file(RENAME ${documents}/CHANGELOG.md ${documents}/changelog)
configure_file(${CPACK_DEBIAN_CHANGELOG} ${documents}/changelog.Debian COPYONLY)
execute_process(COMMAND gzip -9n ${share}/man/man1/iomodels.1 ${documents}/changelog
    ${documents}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
