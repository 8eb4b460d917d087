namespace Fleet.Simulation;
