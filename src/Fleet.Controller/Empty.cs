namespace Fleet.Controller;
