using Fleet.Core.Knobs;
using Fleet.Core.Models;

namespace Fleet.Core.Search;

/// <summary>A setting that was measured at the request's load, with the model's view of it.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="Windows">Complete windows that measured it.</param>
/// <param name="Aborted">Whether a probe of it was aborted.</param>
/// <param name="Forecast">The model's view.</param>
internal sealed record Measured(Setting Setting, int Windows, bool Aborted, Forecast Forecast);
