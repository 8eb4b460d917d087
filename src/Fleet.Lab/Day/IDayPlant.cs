using Fleet.Lab.Demo;

namespace Fleet.Lab.Day;

/// <summary>A plant whose load can be changed, and whose tuned side lets the planner spread the load.</summary>
public interface IDayPlant : IDemoPlant
{
    /// <summary>Offers so many requests per second to the pool from now on.</summary>
    void SetLoad(double qps);
}
