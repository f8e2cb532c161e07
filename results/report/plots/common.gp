# Stands before each script. ARG1: the data, columns parted by tabs; ARG2: the file to write;
# ARG3: png or svg; ARG4: the workload.
set datafile separator tab
set encoding utf8

# The colours of the page (style.css), as numbers.
colour(f) = f eq "iterative" ? 0x6b6f76 : f eq "process" ? 0xd1500b : \
    f eq "thread" ? 0xbd7d00 : f eq "hybrid" ? 0x862a5c : f eq "reactor" ? 0x0068a8 : \
    f eq "library" ? 0x3196cf : f eq "coroutine" ? 0x008a63 : f eq "completion" ? 0xc2538f : \
    f eq "signal" ? 0x85852a : f eq "kernel" ? 0x22262b : f eq "datagram" ? 0x4b3fa8 : 0x8a6248

open(height) = ARG3 eq "png" ? \
    sprintf("set terminal pngcairo noenhanced font 'sans,10' size 900,%d", height) : \
    sprintf("set terminal svg noenhanced standalone font 'sans,12' size 900,%d background 'white'", \
        height)
short(x) = x >= 1e6 ? sprintf("%gM", x / 1e6) : x >= 1e4 ? sprintf("%gk", x / 1e3) : sprintf("%g", x)

set border 3 lc rgb "#888888"
set grid lc rgb "#dddddd" lt 1 lw 0.5
set tics nomirror textcolor rgb "#333333"
set title ARG4 noenhanced
times = '("1 us" 1, "10 us" 10, "100 us" 100, "1 ms" 1e3, "10 ms" 1e4, "100 ms" 1e5, "1 s" 1e6, "10 s" 1e7)'
