/* SPDX-License-Identifier: MIT */
/*
 * calm.c - what a fixed computation takes while nobody else uses the processor (calm.h): "BEST TYPICAL", nanoseconds.
 *
 * The best of a second and a half, in which a neighbour may be at work all the time: then it is not the best, and the
 * figures that are measured by it are those of a shared processor. TYPICAL is the median, which tells how often that is.
 */
#include "calm.h"

int main(int argc, char **argv)
{
	size_t count = timing_rounds(argc, argv, 2000000) + 1;
	double *taken = timing_room(count), typical;

	for (size_t i = 0; i < count; i++)
		taken[i] = calm_compute();
	typical = timing_median(taken, count);
	printf("%.0f %.0f\n", taken[count / 1000], typical); /* sorted by now; none that only luck made fast */
	return 0;
}
