namespace Fleet.NodeAgent;
