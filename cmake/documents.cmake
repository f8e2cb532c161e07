# documents.cmake - fills the manual page and the completion with what the program says of
# itself: cmake -D PROGRAM= -D FORMAT=man|words -D NAME= -D VERSION= -D INPUT= -D OUTPUT= -P
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND ${PROGRAM} --help=${FORMAT} OUTPUT_VARIABLE said
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(READ ${INPUT} text)
string(REPLACE "@VERSION@" "${VERSION}" text "${text}")
string(REPLACE "@${NAME}@" "${said}" text "${text}")
file(WRITE ${OUTPUT} "${text}")
