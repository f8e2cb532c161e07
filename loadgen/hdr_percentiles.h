/*
 * hdr_percentiles.h - a histogram as the table that HdrHistogram's plotter reads (.hgrm).
 *
 *	       Value     Percentile TotalCount 1/(1-Percentile)
 *
 *	      23.135 0.000000000000          1           1.00
 *	..
 *	#[Mean    =       27.031, StdDeviation   =       11.202]
 *
 * The steps between percentiles halve with each halving of the distance to 100 %. Values
 * are in microseconds: with three decimals exact to our nanosecond.
 *
 * Source: HdrHistogram's AbstractHistogram.outputPercentileDistribution, the Java form.
 */
#ifndef LOADGEN_HDR_PERCENTILES_H
#define LOADGEN_HDR_PERCENTILES_H

#include <stdio.h>

#include "loadgen/histogram.h"

/* 0 or -EIO. */
int hdr_percentiles_write(const struct histogram *histogram, FILE *out);

#endif
