using Fleet.Core.Models;

namespace Fleet.Core.Search;

/// <summary>A cell of the knob space that may be tried, with the model's view of it. Cells become settings only once they are chosen.</summary>
/// <param name="Cell">Number of the cell; <see cref="Default"/> for the kernel default.</param>
/// <param name="Forecast">The model's view.</param>
internal readonly record struct Candidate(long Cell, Forecast Forecast)
{
    /// <summary>The kernel default's number.</summary>
    public const long Default = -1;
}
