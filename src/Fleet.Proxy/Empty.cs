namespace Fleet.Proxy;
