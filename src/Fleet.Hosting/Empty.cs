namespace Fleet.Hosting;
